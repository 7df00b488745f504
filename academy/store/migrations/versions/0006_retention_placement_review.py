"""retention, placement and review."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_MEMORY = (('stability', sa.Float), ('difficulty', sa.Float), ('reviewed_at', UTCDateTime), ('due_at', UTCDateTime),
           ('retained_until', UTCDateTime))


def upgrade() -> None:
    op.add_column('account', sa.Column('ration', sa.Integer(), nullable=False, server_default='6'))
    op.add_column('standing', sa.Column('first_ready_at', UTCDateTime(), nullable=True))
    op.add_column('response', sa.Column('purpose', AutoString(length=9), nullable=False, server_default='practice'))
    op.add_column('response', sa.Column('session', sa.Integer(), nullable=True))
    op.add_column('response', sa.Column('seconds', sa.Integer(), nullable=True))
    op.add_column('response', sa.Column('effort', AutoString(length=4), nullable=False, server_default=''))
    for name, kind in _MEMORY:  # filled when the courses are next registered: the answers are replayed
        op.add_column('skillestimate', sa.Column(name, kind(), nullable=True))
    op.create_table('lessonskip',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('course_id', AutoString(length=64), nullable=False),
    sa.Column('module_id', AutoString(length=64), nullable=False),
    sa.Column('slug', AutoString(length=96), nullable=False),
    sa.Column('skipped_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'course_id', 'module_id', 'slug')
    )
    op.create_table('placement',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('role_id', AutoString(length=12), nullable=False),
    sa.Column('seed', AutoString(length=32), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('started_at', UTCDateTime(), nullable=False),
    sa.Column('finished_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'number')
    )
    op.create_table('review',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('seed', AutoString(length=32), nullable=False),
    sa.Column('questions', sa.JSON(), nullable=False),
    sa.Column('started_at', UTCDateTime(), nullable=False),
    sa.Column('finished_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'number')
    )


def downgrade() -> None:
    for table in ('review', 'placement', 'lessonskip'):
        op.drop_table(table)
    dropped = {'skillestimate': [name for name, _ in _MEMORY], 'response': ['effort', 'seconds', 'session', 'purpose'],
               'standing': ['first_ready_at'], 'account': ['ration']}
    for table, names in dropped.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_column(name)
