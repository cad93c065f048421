"""Officers' keys of the other two kinds: made in a PKCS#11 token, or wrapped for this laptop."""

from pathlib import Path

from field_app.actions.administer import (
    Keep,
    NewOfficer,
    nothing,
    officer_terms,
    photo_of,
    write_private,
)
from field_app.actions.context import AppContext, refuse
from field_app.actions.unlock_card import CardAndPin, machine, unlock_card
from field_app.credentials import key_places
from field_app.credentials.authority import AnyAuthority
from field_app.credentials.keys import KeyGone, KeyLocked, NotAKeyFile, SoftKey, WrongPin
from field_app.credentials.profile import officer_of
from field_app.credentials.token_keys import (
    ENCRYPTION,
    SIGNING,
    TokenPlace,
    find_tokens,
    make_token_keys,
    store_certificates,
    token_certificate,
)
from field_app.credentials.wrapped_key import MIN_PASSPHRASE, SUFFIX, PassphraseTooShort, wrap
from field_app.crypto.suites import GM


def tokens_at(driver: Path) -> list[TokenPlace]:
    """The tokens that a PKCS#11 driver sees; ``UserError`` when it does not load."""
    if not driver.is_file():
        raise refuse("没有这个密码钥匙驱动文件。", "请填写厂家驱动的完整路径（.so或者.dll）；不用则留空。",
                     code="token.driver")
    try:
        return find_tokens(driver)
    except (NotAKeyFile, KeyGone) as error:
        raise refuse("密码钥匙的驱动装不上。", "请核对是厂家提供的PKCS#11驱动，且与本机系统相同。",
                     code="token.driver") from error


def _only(driver: Path, label: str) -> TokenPlace:
    found = [t for t in tokens_at(driver) if not label or label in (t.label, t.serial)]
    if len(found) != 1:
        raise refuse(f"找到{len(found)}个密码钥匙，不能确定是哪一个。" if found else "没有找到密码钥匙。",
                     "请只插一个，或者用--token写明它的标签或者序列号。", code="token.which")
    return found[0]


def holder_on(driver: Path, label: str) -> str:
    """Whose certificate the token holds (name and number), empty when it holds none of ours."""
    try:
        held = officer_of(token_certificate(_only(driver, label)))
    except (NotAKeyFile, KeyGone, ValueError):
        return ""
    return f"{held.name}（{held.cert_no}）"


def issue_on_token(context: AppContext, authority: AnyAuthority, driver: Path, label: str,
                   officer: NewOfficer, pin: str, *, keep: Keep = nothing) -> TokenPlace:
    """Make both key pairs inside the token and put the certificates beside them.

    ``label``: the token's label or serial, empty when only one is plugged in. What was on the token
    before is replaced. The certificates are opened with ``pin`` once before it is called done.
    ``keep`` is called when the register tells of them, before they are stored on the token.
    """
    if authority.suite == GM:
        raise refuse("国密区的密码钥匙不能这样签发：本软件的密码钥匙驱动只用P-256密钥。",
                     "请用 admin officer 签发国密证书文件（.sm2）。", code="token.gm")
    place = _only(driver, label)
    made, info, valid = officer_terms(context, authority, officer, photo_of(officer))
    try:
        keys = make_token_keys(place, pin)
        signing, encryption = authority.certify_officer(
            made.name, info, keys[SIGNING], keys[ENCRYPTION], agency=made.agency, unit=made.unit,
            valid=valid)
        keep()
        store_certificates(place, pin, {SIGNING: signing, ENCRYPTION: encryption})
        key_places.unlock(place, pin).forget()
    except WrongPin as error:
        raise refuse("密码钥匙的口令不对，没有签发。", "请由持有人重新输入。", code="token.pin") from error
    except KeyLocked as error:
        raise refuse("密码钥匙输错口令过多，已自行锁定。", "请先用厂家工具解锁。", code="token.locked") from error
    except (KeyGone, NotAKeyFile) as error:
        raise refuse("密码钥匙中途拔出，或者不支持P-256密钥，没有签发。", "请插好后重做；仍不行请换一种钥匙。",
                     code="token.failed") from error
    return place


def keep_on_laptop(context: AppContext, card: CardAndPin, passphrase: str, folder: Path) -> Path:
    """An officer's key file wrapped anew for this machine only; returns the ``.lek`` in ``folder``.

    Its passphrase is long, each guess at it slow, and a copy opens on no other machine. Wrong PINs
    count as at a login.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise refuse(f"新口令少于{MIN_PASSPHRASE}个字符。", "留在电脑里的证书请使用更长的口令。", code="wrap.short")
    # On the way into its wrapping the file may lie anywhere: this is how it leaves the disk.
    key = unlock_card(context, card, slot=0, training=True)
    try:
        if not isinstance(key, SoftKey) or isinstance(card.place, TokenPlace):
            raise refuse("这个证书不能存入电脑。", "密码钥匙和国密证书请直接使用。", code="wrap.kind")
        data = wrap(key, passphrase, machine(context))
    except PassphraseTooShort as error:
        raise refuse("新口令太短。", "请使用更长的口令。", code="wrap.short") from error
    finally:
        key.forget()
    path = folder / (card.place.stem + SUFFIX)
    if path.exists():
        raise refuse(f"{path.name}已经存在，没有改动。", "要重新存入，请先删除旧的。", code="wrap.exists")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, data)
    return path
