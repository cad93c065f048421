"""Seals a paper or photo into a file of its own, and opens it again in memory."""

from field_app.actions.context import Session, case_identity, refuse
from field_app.actions.integrity import asks_sm3
from field_app.crypto.hashing import sha256_hex
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import open_file, seal_file
from field_app.domain.case import Blob, Case
from field_app.domain.ids import BlobId, new_id
from field_app.storage import cases, papers
from field_app.storage.store import Tx

MAX_BLOB_BYTES = 256 << 20


def seal_blob(session: Session, tx: Tx, case: Case, data: bytes, *, kind: str, name: str,
              mime: str) -> Blob:
    """Seal ``data`` to the case and headquarters; stored in this transaction."""
    if len(data) > MAX_BLOB_BYTES:
        raise refuse("文件过大，没有保存。", "请改用较小的图片。", code="blob.large")
    blob_id = BlobId(new_id())
    path = session.context.data.blobs / f"{blob_id}.age"
    try:
        done = seal_file(path, [data], session.recipients(case), with_sm3=asks_sm3(session))
    except OSError as error:
        raise refuse("磁盘写不进去，没有保存。", "请清理磁盘空间后再试；已保存的内容不受影响。",
                     code="disk.write") from error
    blob = Blob(
        id=blob_id, case=case.id, kind=kind, name=name, mime=mime, path=path.name,
        size=done.size, sha256=done.sha256, ct_size=done.ct_size, ct_sha256=done.ct_sha256,
        captured=session.at, sm3=done.sm3)
    papers.add_blob(tx, blob)
    return blob


def read_blob(session: Session, tx: Tx, blob_id: BlobId) -> bytes:
    """The plaintext, checked against its hash; refuses a changed or missing file."""
    blob = papers.blob(tx, blob_id)
    case = cases.get(tx, blob.case)
    try:
        data = open_file(session.context.data.blobs / blob.path,
                         [case_identity(case)], limit=MAX_BLOB_BYTES)
    except (OSError, AgeError) as error:
        raise refuse(f"《{blob.name}》的文件缺失或已被改动，打不开。",
                     "请不要删除任何文件，联系系统管理员核查。", code="blob.damaged") from error
    if sha256_hex(data) != blob.sha256:
        raise refuse(f"《{blob.name}》与登记的校验值不符。", "请联系系统管理员核查。", code="blob.hash")
    return data
