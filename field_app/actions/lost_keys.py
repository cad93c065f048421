"""When keys are lost: two custodians open a laptop for a new roster; a lost laptop wipes its own keys.

A wipe destroys ``device.hdr``: the vault key is sealed nowhere else, so everything on the laptop is
ciphertext for ever. What headquarters has not yet received is then lost, and is told first.
"""

from dataclasses import dataclass
from pathlib import Path

from field_app.actions.context import AppContext, refuse
from field_app.actions.log_in import enrolled
from field_app.actions.take_bundle import import_bundle
from field_app.credentials.device import (
    PairUnknown,
    destroy_header,
    open_by_custodians,
    open_own_layers,
    read_header,
    reseal,
    write_header,
)
from field_app.credentials.key_places import unlock
from field_app.credentials.keys import NotAKeyFile, OfficerKey, WrongPin
from field_app.credentials.profile import Purpose, fingerprint, officer_of, subject_name
from field_app.credentials.trust import CertificateRefused, Trust, check_certificate
from field_app.crypto.vault import VaultError, derive
from field_app.domain.people import Role
from field_app.storage import events
from field_app.storage.store import open_store


@dataclass(frozen=True)
class Custodian:
    """A custodian's key file and passphrase."""

    path: Path
    passphrase: str


def _key(context: AppContext, trust: Trust, one: Custodian) -> OfficerKey:
    try:
        key = unlock(one.path, one.passphrase)
        check_certificate(key.certificate, trust, at=context.clock.now().wall,
                          purpose=Purpose.CUSTODIAN)
    except WrongPin as error:
        raise refuse(f"保管人{one.path.stem}的口令不对。", "请由本人重新输入。", code="custodian.pin") from error
    except (NotAKeyFile, CertificateRefused) as error:
        raise refuse(f"{one.path.name}不是可用的保管人证书。", "请核对文件；已吊销、过期的不能使用。",
                     code="custodian.refused") from error
    return key


def recover(context: AppContext, bundle: Path | None, first: Custodian, second: Custodian) -> int:
    """Open a laptop by two custodians and seal it to the roster of its (newest) trust bundle.

    Returns how many officer pairs can open it now. The log of the laptop tells who recovered it.
    """
    if bundle is not None:
        import_bundle(context, bundle)
    header, trust = enrolled(context)
    keys = (_key(context, trust, first), _key(context, trust, second))
    try:
        vault_key = open_by_custodians(header, *keys)
    except (PairUnknown, VaultError) as error:
        raise refuse("这两名保管人打不开本机。", "请换用登记时在册的两名不同的保管人。",
                     code="custodian.pair") from error
    roster = [trust.encryption_of(c) for c in trust.officers
              if officer_of(c).role is Role.QUALIFIED]
    made = reseal(header, vault_key, roster, trust.custodians)
    if not made.pairs:
        raise refuse("信任包里不足两名执法人员。", "请先为至少两名执法人员签发证书，再导入新的信任包。",
                     code="device.no_pair")
    if context.data.store.exists():
        store = open_store(context.data.store, derive(vault_key, "db/v1"),
                           backups=context.data.backups)
        try:
            with store.begin() as tx:
                events.append(tx, "vault_recovered", device=header.device,
                              moment=context.clock.now(), body={
                                  "custodians": [fingerprint(k.certificate) for k in keys],
                                  "names": [subject_name(k.certificate) for k in keys],
                                  "pairs": len(made.pairs), "trust": trust.number})
        finally:
            store.close()
    write_header(context.data.device_header, made)
    return len(made.pairs)


def try_share(context: AppContext, one: Custodian) -> int:
    """Prove that one custodian's key works for this laptop, without opening anything of it.

    Returns with how many others it opens the laptop. What is sealed to it first is opened to its
    next layer, which another custodian's key still closes; the rest is proved by a value of its own.
    """
    header, trust = enrolled(context)
    key = _key(context, trust, one)
    try:
        named = open_own_layers(header, key)
    except VaultError as error:
        raise refuse(f"{one.path.name}打不开本机封存给它的部分。", "请不要依靠这份钥匙；重新签发保管人并更新信任包。",
                     code="custodian.broken") from error
    finally:
        key.forget()
    if not named:
        raise refuse("本机还不认识这名保管人。", "请先导入含有他的信任包，并由两名执法人员登录一次，再试。",
                     code="custodian.unknown")
    return named


def wipe(context: AppContext, *, sure: str) -> None:
    """Destroy this laptop's keys for good; ``sure`` must be its own number.

    Overwrites the header before it is deleted: on flash that is no promise, but what is left opens
    only with two officers' keys.
    """
    path = context.data.device_header
    header = read_header(path)
    if sure.strip() != header.device:
        raise refuse("输入的电脑编号不对，没有清除。", f"确要清除的，请输入本机编号{header.device}。",
                     code="wipe.number")
    destroy_header(path)
