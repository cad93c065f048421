"""What may be wrong with the tables and bytes that headquarters' processes share, in words."""

import argparse
from collections.abc import Callable

from field_app.credentials.trust import TrustRefused
from field_app.errors import UserError

MISSING = UserError("这个安装不含总部服务。", "请在总部服务器上安装带 headquarters 组件的版本。")
_AWAY = {"tables": "总部的数据库没有应答。", "bytes": "总部的文件存储没有应答，或者不接受本机的密钥。"}


def untrusted(error: TrustRefused) -> UserError:
    """Why headquarters' bundle is not believed, in words."""
    if error.code.startswith("older"):
        return UserError("总部文件夹里的信任包比已经下发的旧，会重新接受已停用的电脑和人员。",
                         "请放入最新的信任包（bundle.json、bundle.p7s），或重新执行 admin bundle。", code=error.code)
    return UserError("总部的信任包不可信。", "请重新执行 admin bundle。", code=error.code)


def telling_stores(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The verb, with what may be wrong with shared tables and bytes told in words."""

    def told(args: argparse.Namespace) -> int:
        try:
            from field_app.headquarters.away import StoreAway
            from field_app.headquarters.config import ConfigMalformed
        except ImportError as error:
            raise MISSING from error
        try:
            return run(args)
        except ConfigMalformed as error:
            raise UserError(f"总部的配置文件有误：{error.where}。", "请按说明改正 headquarters.toml 后再执行。",
                            code="hq.config") from error
        except StoreAway as error:
            raise UserError(_AWAY[error.what], "请确认它在运行，地址和密钥正确，再执行一次；已收下的内容不受影响。",
                            code="hq.away") from error
        except ModuleNotFoundError as error:
            if error.name not in ("psycopg", "obstore"):
                raise
            raise UserError("这个安装不含连接数据库和文件存储的组件。",
                            "请安装带 scale 组件的版本，或删去 headquarters.toml。") from error

    return told
