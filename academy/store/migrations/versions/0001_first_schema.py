"""The first schema."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('password_hash', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('password_version', sa.Integer(), nullable=False),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
    sa.Column('theme', sqlmodel.sql.sqltypes.AutoString(length=5), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=6), nullable=False),
    sa.Column('sector', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('target_role', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('synthetic', sa.Boolean(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('disabled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('email')
    )
    op.create_table('itemtext',
    sa.Column('course_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('item_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
    sa.Column('text_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('canonical', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('first_seen_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('course_id', 'item_id', 'language', 'text_version')
    )
    op.create_table('itemversion',
    sa.Column('course_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('item_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('key_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('canonical', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('skill_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('level', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('guessing', sa.Float(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('first_seen_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('course_id', 'item_id', 'key_version')
    )
    op.create_table('snapshot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('model_version', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('min_cell', sa.Integer(), nullable=False),
    sa.Column('demo', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('snapshot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_snapshot_as_of'), ['as_of'], unique=False)

    op.create_table('attempt',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('course_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('module_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('quiz_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('seed', sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
    sa.Column('item_ids', sa.JSON(), nullable=False),
    sa.Column('pass_percent', sa.Integer(), nullable=False),
    sa.Column('started_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('finished_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('score', sa.Float(), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'number')
    )
    op.create_table('lessonvisit',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('course_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('module_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('slug', sqlmodel.sql.sqltypes.AutoString(length=96), nullable=False),
    sa.Column('first_seen_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('last_seen_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('finished_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'course_id', 'module_id', 'slug')
    )
    op.create_table('onetimelink',
    sa.Column('token_digest', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('purpose', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('expires_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('used_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.CheckConstraint("purpose IN ('set-up', 'reset')", name='purpose_known'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('token_digest')
    )
    op.create_table('response',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('submission', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=True),
    sa.Column('course_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('item_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('key_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('text_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=True),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('answered_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.CheckConstraint('score BETWEEN 0 AND 1', name='response_score'),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'sequence'),
    sa.UniqueConstraint('learner_id', 'submission', name='response_once')
    )
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.create_index('response_item', ['learner_id', 'course_id', 'item_id'], unique=False)

    op.create_table('rolegrant',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('role', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('granted_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('granted_by', sa.Integer(), nullable=True),
    sa.CheckConstraint("role IN ('learner', 'educator', 'manager', 'admin')", name='role_known'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['granted_by'], ['account.id'], ),
    sa.PrimaryKeyConstraint('account_id', 'role')
    )
    op.create_table('skillestimate',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('skill_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('weights', sa.LargeBinary(), nullable=False),
    sa.Column('answers', sa.Integer(), nullable=False),
    sa.Column('theta', sa.Float(), nullable=False),
    sa.Column('se', sa.Float(), nullable=False),
    sa.Column('last_answer_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'skill_id')
    )
    op.create_table('snapshotcell',
    sa.Column('snapshot_id', sa.Integer(), nullable=False),
    sa.Column('scenario', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('role_id', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('sector', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('metric', sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
    sa.Column('value', sa.Float(), nullable=True),
    sa.Column('low', sa.Float(), nullable=True),
    sa.Column('high', sa.Float(), nullable=True),
    sa.Column('unit', sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
    sa.Column('n', sa.Integer(), nullable=True),
    sa.Column('suppressed', sa.Boolean(), nullable=False),
    sa.Column('source_grade', sqlmodel.sql.sqltypes.AutoString(length=1), nullable=False),
    sa.ForeignKeyConstraint(['snapshot_id'], ['snapshot.id'], ),
    sa.PrimaryKeyConstraint('snapshot_id', 'scenario', 'role_id', 'state', 'sector', 'metric')
    )
    with op.batch_alter_table('snapshotcell', schema=None) as batch_op:
        batch_op.create_index('snapshot_cell_lookup', ['snapshot_id', 'scenario', 'state', 'sector'], unique=False)

    op.create_table('standing',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('role_id', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('readiness', sa.Float(), nullable=True),
    sa.Column('assessed_share', sa.Float(), nullable=False),
    sa.Column('proficient', sa.Boolean(), nullable=False),
    sa.Column('ready_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('first_answer_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('last_answer_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id')
    )



def downgrade() -> None:

    op.drop_table('standing')
    with op.batch_alter_table('snapshotcell', schema=None) as batch_op:
        batch_op.drop_index('snapshot_cell_lookup')

    op.drop_table('snapshotcell')
    op.drop_table('skillestimate')
    op.drop_table('rolegrant')
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.drop_index('response_item')

    op.drop_table('response')
    op.drop_table('onetimelink')
    op.drop_table('lessonvisit')
    op.drop_table('attempt')
    with op.batch_alter_table('snapshot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_snapshot_as_of'))

    op.drop_table('snapshot')
    op.drop_table('itemversion')
    op.drop_table('itemtext')
    op.drop_table('account')

