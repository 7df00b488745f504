"""calibrations and editions of texts."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calibration',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('skill_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('model', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('learners', sa.Integer(), nullable=False),
    sa.Column('answers', sa.Integer(), nullable=False),
    sa.Column('responses', sa.Integer(), nullable=False),
    sa.Column('log_likelihood', sa.Float(), nullable=False),
    sa.Column('converged', sa.Boolean(), nullable=False),
    sa.Column('iterations', sa.Integer(), nullable=False),
    sa.Column('link_slope', sa.Float(), nullable=False),
    sa.Column('link_shift', sa.Float(), nullable=False),
    sa.Column('linked', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('calibration', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calibration_skill_id'), ['skill_id'], unique=False)
    op.create_table('itemcalibration',
    sa.Column('calibration_id', sa.Integer(), nullable=False),
    sa.Column('course_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('item_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('key_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('edition', sa.Integer(), nullable=False),
    sa.Column('answered', sa.Integer(), nullable=False),
    sa.Column('discrimination', sa.Float(), nullable=False),
    sa.Column('difficulty', sa.Float(), nullable=False),
    sa.Column('guessing', sa.Float(), nullable=False),
    sa.Column('se_discrimination', sa.Float(), nullable=False),
    sa.Column('se_difficulty', sa.Float(), nullable=False),
    sa.Column('drifted', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['calibration_id'], ['calibration.id'], ),
    sa.PrimaryKeyConstraint('calibration_id', 'course_id', 'item_id', 'key_version', 'edition')
    )
    # Wordings known before editions were counted are one edition: nobody knows which of them were cosmetic.
    with op.batch_alter_table('itemtext', schema=None) as batch_op:
        batch_op.add_column(sa.Column('edition', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('itemtext', schema=None) as batch_op:
        batch_op.drop_column('edition')
    op.drop_table('itemcalibration')
    with op.batch_alter_table('calibration', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calibration_skill_id'))
    op.drop_table('calibration')
