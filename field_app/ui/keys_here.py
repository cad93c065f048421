"""Which keys are plugged in. A token's driver or a tired stick may take seconds to answer, so they are asked
off the screen's thread, in the lane in which pulled keys are looked for: a driver is asked one thing at a time.
"""

from collections.abc import Callable

from field_app.actions.find_cards import Card, find_cards
from field_app.errors import UserError
from field_app.ui.jobs import Lane
from field_app.ui.language import tr
from field_app.ui.shell import Shell


def keys_here(shell: Shell, found: Callable[[list[Card]], None]) -> None:
    """Call ``found`` with all keys that are there now."""
    context, places = shell.context, shell.settings.card_places

    def failed(error: BaseException) -> None:
        shell.jobs.failed.emit(error)
        found([])  # Whoever waits for an answer has one.

    shell.jobs.run(Lane.WATCH, lambda: find_cards(context, *places), done=found, failed=failed)


def both_keys(shell: Shell, found: Callable[[tuple[Card, Card]], None],
              absent: Callable[[], None] = lambda: None) -> None:
    """Call ``found`` with the keys of the two officers at work, for what both must confirm; where one is
    not there, say so and call ``absent``."""
    def chosen(cards: list[Card]) -> None:
        if shell.session is None:
            return  # They have left meanwhile.
        here = {card.officer.cert_sha256: card for card in cards}
        first, second = (here.get(officer.cert_sha256) for officer in shell.session.pair.both)
        if first and second:
            found((first, second))
            return
        shell.messages.error(UserError(
            tr("找不到当前两名执法人员的证书。"), tr("请插入两人的证书U盘，再试一次。")))
        absent()

    keys_here(shell, chosen)
