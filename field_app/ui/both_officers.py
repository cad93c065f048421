"""The key files of the two officers at work, for what both must confirm."""

from field_app.actions.find_cards import Card, find_cards
from field_app.errors import UserError
from field_app.ui.language import tr
from field_app.ui.shell import Shell


def both_cards(shell: Shell) -> tuple[Card, Card] | None:
    """Both cards, or None after telling that they are not there."""
    found = {c.officer.cert_sha256: c
             for c in find_cards(shell.context, *shell.settings.card_places)}
    pair = [found.get(o.cert_sha256) for o in shell.officers.pair.both]
    if pair[0] and pair[1]:
        return pair[0], pair[1]
    shell.messages.error(UserError(
        tr("找不到当前两名执法人员的证书。"), tr("请插入两人的证书U盘，再试一次。")))
    return None
