"""Audit chain, sessions, throttles, second factors, external identities, erasures."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

String = sqlmodel.sql.sqltypes.AutoString
Moment = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    _audit()
    op.create_table('usersession',
    sa.Column('token_digest', String(length=64), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('password_version', sa.Integer(), nullable=False),
    sa.Column('device', String(length=60), nullable=False),
    sa.Column('second_factor', sa.Boolean(), nullable=False),
    sa.Column('stale', sa.Boolean(), nullable=False),
    sa.Column('created_at', Moment(), nullable=False),
    sa.Column('seen_at', Moment(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('token_digest')
    )
    op.create_index('ix_usersession_account_id', 'usersession', ['account_id'])
    op.create_table('throttle',
    sa.Column('name', String(length=64), nullable=False),
    sa.Column('free_at', Moment(), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_index('ix_throttle_free_at', 'throttle', ['free_at'])
    op.create_table('secondfactor',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('salt', String(length=64), nullable=False),
    sa.Column('last_step', sa.Integer(), nullable=False),
    sa.Column('begun_at', Moment(), nullable=False),
    sa.Column('confirmed_at', Moment(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('account_id')
    )
    op.create_table('recoverycode',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('digest', String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('account_id', 'digest')
    )
    op.create_table('externalidentity',
    sa.Column('issuer', String(length=200), nullable=False),
    sa.Column('subject', String(length=255), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('linked_at', Moment(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('issuer', 'subject')
    )
    op.create_index('ix_externalidentity_account_id', 'externalidentity', ['account_id'])
    op.create_table('erasure',
    sa.Column('account_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('made_at', Moment(), nullable=False),
    sa.Column('asked_at', Moment(), nullable=False),
    sa.Column('due_at', Moment(), nullable=False),
    sa.Column('done_at', Moment(), nullable=True),
    sa.PrimaryKeyConstraint('account_id', 'made_at')
    )
    op.create_index('ix_erasure_due_at', 'erasure', ['due_at'])
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('signed_in_at', Moment(), nullable=True))


def _audit() -> None:
    """The chain; events that were kept before there was a seal become its beginning."""
    bind = op.get_bind()
    if sa.inspect(bind).has_table('auditevent'):
        with op.batch_alter_table('auditevent', schema=None) as batch_op:
            batch_op.add_column(sa.Column('subject', String(length=64), nullable=False, server_default=''))
            batch_op.add_column(sa.Column('origin', String(length=16), nullable=False, server_default=''))
            batch_op.add_column(sa.Column('mac', String(length=64), nullable=False, server_default=''))
    else:
        op.create_table('auditevent',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', Moment(), nullable=False),
        sa.Column('actor', String(length=64), nullable=False),
        sa.Column('action', String(length=32), nullable=False),
        sa.Column('subject', String(length=64), nullable=False),
        sa.Column('origin', String(length=16), nullable=False),
        sa.Column('details', sa.JSON(), nullable=False),
        sa.Column('mac', String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id')
        )
    op.create_index('audit_event_action', 'auditevent', ['action', 'id'])
    op.create_index('audit_event_subject', 'auditevent', ['subject', 'id'])
    op.create_table('audithead',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('mac', String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.execute("INSERT INTO audithead (id, position, mac) SELECT 1, COALESCE(MAX(id), 0), '' FROM auditevent")
    op.create_table('auditperson',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('key', String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('account_id'),
    sa.UniqueConstraint('key')
    )


def downgrade() -> None:
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('signed_in_at')
    for table in ('erasure', 'externalidentity', 'recoverycode', 'secondfactor', 'throttle', 'usersession', 'auditperson', 'audithead', 'auditevent'):
        op.drop_table(table)
