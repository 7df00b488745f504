"""Programs, cohorts, their people and courses, invitations, and work that learners found."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

String = sqlmodel.sql.sqltypes.AutoString
Moment = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table('employment',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('role_id', String(length=12), nullable=False),
    sa.Column('sector', String(length=8), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', Moment(), nullable=False),
    sa.Column('recorded_by', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', Moment(), nullable=True),
    sa.Column('withdrawn_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['recorded_by'], ['account.id'], ),
    sa.ForeignKeyConstraint(['withdrawn_by'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'number')
    )
    op.create_table('program',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', String(length=80), nullable=False),
    sa.Column('partner', String(length=80), nullable=False),
    sa.Column('created_at', Moment(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('archived_at', Moment(), nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('cohort',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('program_id', sa.Integer(), nullable=False),
    sa.Column('name', String(length=80), nullable=False),
    sa.Column('partner', String(length=80), nullable=False),
    sa.Column('state', String(length=6), nullable=False),
    sa.Column('sector', String(length=8), nullable=False),
    sa.Column('target_role', String(length=12), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('cost', sa.Integer(), nullable=True),
    sa.Column('currency', String(length=3), nullable=False),
    sa.Column('created_at', Moment(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('archived_at', Moment(), nullable=True),
    sa.CheckConstraint('cost IS NULL OR cost >= 0', name='cohort_cost'),
    sa.CheckConstraint('seats BETWEEN 1 AND 2000', name='cohort_seats'),
    sa.ForeignKeyConstraint(['created_by'], ['account.id'], ),
    sa.ForeignKeyConstraint(['program_id'], ['program.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('cohort', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cohort_program_id'), ['program_id'], unique=False)

    op.create_table('cohortcourse',
    sa.Column('cohort_id', sa.Integer(), nullable=False),
    sa.Column('course_id', String(length=64), nullable=False),
    sa.Column('module_id', String(length=64), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohort.id'], ),
    sa.PrimaryKeyConstraint('cohort_id', 'course_id', 'module_id')
    )
    op.create_table('cohortmember',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('cohort_id', sa.Integer(), nullable=False),
    sa.Column('joined_at', Moment(), nullable=False),
    sa.Column('ready_at_joining', sa.Boolean(), nullable=False),
    sa.Column('left_at', Moment(), nullable=True),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohort.id'], ),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'cohort_id')
    )
    with op.batch_alter_table('cohortmember', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cohortmember_cohort_id'), ['cohort_id'], unique=False)

    op.create_table('cohortstaff',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('cohort_id', sa.Integer(), nullable=False),
    sa.Column('duty', String(length=8), nullable=False),
    sa.Column('named_at', Moment(), nullable=False),
    sa.Column('named_by', sa.Integer(), nullable=True),
    sa.CheckConstraint("duty IN ('manager', 'educator')", name='duty_known'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohort.id'], ),
    sa.ForeignKeyConstraint(['named_by'], ['account.id'], ),
    sa.PrimaryKeyConstraint('account_id', 'cohort_id', 'duty')
    )
    with op.batch_alter_table('cohortstaff', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cohortstaff_cohort_id'), ['cohort_id'], unique=False)

    op.create_table('invitation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_digest', String(length=64), nullable=False),
    sa.Column('cohort_id', sa.Integer(), nullable=False),
    sa.Column('email', String(length=254), nullable=False),
    sa.Column('name', String(length=80), nullable=False),
    sa.Column('language', String(length=2), nullable=False),
    sa.Column('most_uses', sa.Integer(), nullable=False),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('created_at', Moment(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('expires_at', Moment(), nullable=False),
    sa.Column('revoked_at', Moment(), nullable=True),
    sa.Column('sent_at', Moment(), nullable=True),
    sa.CheckConstraint('uses BETWEEN 0 AND most_uses', name='invitation_uses'),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohort.id'], ),
    sa.ForeignKeyConstraint(['created_by'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_digest')
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_cohort_id'), ['cohort_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitation_email'), ['email'], unique=False)

    with op.batch_alter_table('standing', schema=None) as batch_op:
        batch_op.add_column(sa.Column('placed_at', Moment(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('standing', schema=None) as batch_op:
        batch_op.drop_column('placed_at')

    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invitation_email'))
        batch_op.drop_index(batch_op.f('ix_invitation_cohort_id'))

    op.drop_table('invitation')
    with op.batch_alter_table('cohortstaff', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cohortstaff_cohort_id'))

    op.drop_table('cohortstaff')
    with op.batch_alter_table('cohortmember', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cohortmember_cohort_id'))

    op.drop_table('cohortmember')
    op.drop_table('cohortcourse')
    with op.batch_alter_table('cohort', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cohort_program_id'))

    op.drop_table('cohort')
    op.drop_table('program')
    op.drop_table('employment')
