"""First schema: events, cases, steps, papers, clips, numbers, outbox, receipts, search."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_FORBID = """
CREATE TRIGGER event_no_{verb} BEFORE {VERB} ON event
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END
"""


def upgrade() -> None:
    op.create_table('case_file',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('package', sa.String(), nullable=False),
    sa.Column('local_no', sa.String(), nullable=False),
    sa.Column('procedure', sa.String(), nullable=False),
    sa.Column('procedure_version', sa.Integer(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('matter', sa.Text(), nullable=False),
    sa.Column('party', sa.JSON(), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('opened', sa.String(), nullable=False),
    sa.Column('officers', sa.JSON(), nullable=False),
    sa.Column('identity', sa.String(), nullable=False),
    sa.Column('sync', sa.String(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('confirmed_bytes', sa.Integer(), nullable=False),
    sa.Column('total_bytes', sa.Integer(), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_file')),
    sa.UniqueConstraint('local_no', name=op.f('uq_case_file_local_no')),
    sa.UniqueConstraint('package', name=op.f('uq_case_file_package'))
    )
    op.create_index('ix_case_file_opened', 'case_file', ['opened'], unique=False)
    op.create_table('counter',
    sa.Column('series', sa.String(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('series', 'year', name=op.f('pk_counter'))
    )
    op.create_table('event',
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('wall', sa.String(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_event')),
    sa.UniqueConstraint('hash', name=op.f('uq_event_hash'))
    )
    op.create_index('ix_event_case_id', 'event', ['case_id'], unique=False)
    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('package', sa.String(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.Column('queued', sa.String(), nullable=False),
    sa.Column('finished', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('package', 'revision', name='uq_outbox_package')
    )
    op.create_table('receipt',
    sa.Column('package', sa.String(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.Column('signature', sa.LargeBinary(), nullable=False),
    sa.Column('received', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('package', 'revision', name=op.f('pk_receipt'))
    )
    op.create_table('setting',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_setting'))
    )
    op.create_table('blob',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('mime', sa.String(), nullable=False),
    sa.Column('path', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('ct_size', sa.Integer(), nullable=False),
    sa.Column('ct_sha256', sa.String(length=64), nullable=False),
    sa.Column('captured', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_blob_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blob'))
    )
    op.create_index('ix_blob_case_id', 'blob', ['case_id'], unique=False)
    op.create_table('step',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('started', sa.String(), nullable=True),
    sa.Column('finished', sa.String(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_step_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_step'))
    )
    op.create_index('ix_step_case_id', 'step', ['case_id'], unique=False)
    op.create_table('clip',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('step_id', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('started', sa.String(), nullable=False),
    sa.Column('ended', sa.String(), nullable=True),
    sa.Column('duration_ms', sa.Integer(), nullable=False),
    sa.Column('has_video', sa.Boolean(), nullable=False),
    sa.Column('has_audio', sa.Boolean(), nullable=False),
    sa.Column('gaps', sa.JSON(), nullable=False),
    sa.Column('marks', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_clip_case_id')),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_clip_step_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clip')),
    sa.UniqueConstraint('number', name=op.f('uq_clip_number'))
    )
    op.create_index('ix_clip_case_id', 'clip', ['case_id'], unique=False)
    op.create_table('paper',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('step_id', sa.String(), nullable=False),
    sa.Column('form', sa.String(), nullable=False),
    sa.Column('form_version', sa.Integer(), nullable=False),
    sa.Column('form_sha256', sa.String(length=64), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('changed', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('short_code', sa.String(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('docx', sa.String(), nullable=True),
    sa.Column('pdf', sa.String(), nullable=True),
    sa.Column('pdf_sha256', sa.String(), nullable=False),
    sa.Column('issued', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_paper_case_id')),
    sa.ForeignKeyConstraint(['docx'], ['blob.id'], name=op.f('fk_paper_docx')),
    sa.ForeignKeyConstraint(['pdf'], ['blob.id'], name=op.f('fk_paper_pdf')),
    sa.ForeignKeyConstraint(['step_id'], ['step.id'], name=op.f('fk_paper_step_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper'))
    )
    op.create_index('ix_paper_case_id', 'paper', ['case_id'], unique=False)
    op.create_table('segment',
    sa.Column('clip_id', sa.String(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('path', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('ct_size', sa.Integer(), nullable=False),
    sa.Column('ct_sha256', sa.String(length=64), nullable=False),
    sa.Column('started', sa.String(), nullable=False),
    sa.Column('ended', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['clip_id'], ['clip.id'], name=op.f('fk_segment_clip_id')),
    sa.PrimaryKeyConstraint('clip_id', 'ordinal', name=op.f('pk_segment'))
    )
    for verb in ("update", "delete"):
        op.execute(_FORBID.format(verb=verb, VERB=verb.upper()))
    # Overlapping pairs of characters: names of two characters are found, as no tokenizer does.
    op.execute(
        "CREATE VIRTUAL TABLE case_search USING fts5(case_id UNINDEXED, grams, "
        "tokenize='unicode61 remove_diacritics 0', prefix='1')")
