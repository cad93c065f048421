"""The README.txt that travels in every package and tells how to open it without this program."""

from pathlib import Path

from field_app.crypto.gm import open_gm
from field_app.crypto.suites import GM

_TEXT = """\
执法案件包 / Case package  (le-package/1)
编号 / id: {package}

这是一个加密的执法案件包。不用本软件，也可以用公开工具核验和打开。
This is an encrypted case package. Public tools can check and open it; no special program is needed.

1. 核对文件是否完整（不需要密钥） / Check that all files are whole (no key needed)

   sha256sum -c manifest-sha256.txt
   sha256sum -c tagmanifest-sha256.txt

2. 核验签名（root.pem 须从总部取得，不可用包内文件代替）
   Check the signatures (root.pem must come from headquarters, not from this package)

   openssl cms -verify -binary -inform DER -in statements/000001.p7s \\
       -content statements/000001.json -CAfile root.pem -purpose any -out /dev/null

   statements/ 下编号最大的 .json 列出本包应有的全部文件。
   The .json with the highest number in statements/ lists every file that must be here.

3. 打开案件索引（key.txt 为总部的 age 私钥） / Open the case index (key.txt: headquarters' age key)

   age -d -i key.txt -o index.json data/index/000001.age

   index.json 的 objects 列出每个文件的名称、原文校验值 sha256 和密文文件名 ct_sha256。
   "objects" in index.json lists each file's name, plaintext hash sha256 and file name ct_sha256.

4. 打开录像、照片、文书 / Open a recording, photo or paper

   age -d -i key.txt -o video.mkv data/objects/ab/<ct_sha256>.age
   sha256sum video.mkv

   最后一行的结果应与索引中的 sha256 一致。 / The result must equal sha256 in the index.

5. 打开操作日志 / Open the event log

   age -d -i key.txt data/log/<device>/<from>-<to>.age

   每行是一个事件；下一行的 prev 是上一行（不含换行）的 SHA-256。
   One event a line; prev of each line is the SHA-256 of the line before it, without line feed.

部分文件缺失或损坏时，其余文件仍然有效：密文文件以自身 SHA-256 命名，可逐个核对。
If files are missing or damaged, the others still stand: each sealed file is named by its SHA-256.
age: https://age-encryption.org   BagIt: RFC 8493   CMS: RFC 5652
"""


_GM = """\
国密套件 gm-1：以下各步与上文不同 / National suite gm-1: these steps differ from those above

2. 签名为 GB/T 35275 格式（SM2、SM3），用支持国密的工具核验。
   Signatures are GB/T 35275 SignedData (SM2, SM3); check them with a tool that knows it.

   文书（PDF）内没有电子签名：PDF 标准没有列入 SM2。文书的 sha256 和 sm3 在索引里，由签名的清单保证。
   Papers (PDF) carry no signature inside: PDF lists none by SM2. Their sha256 and sm3 stand in the
   index, which the signed statement binds. openssl dgst -sm3 FILE

3-5. 每个密文文件（扩展名仍为 .age）按以下三步打开；open_gm.py 在软件内，另见其说明
   Each sealed file (its name ends in .age all the same) opens in three steps:

   python open_gm.py stanzas FILE
   openssl pkeyutl -decrypt -inkey key.pem -in stanza-0.bin -out file.key
   python open_gm.py open FILE file.key PLAIN

   stanza-0, stanza-1 ... 对应各接收方，逐个试 / one stanza for each recipient: try each

open_gm.py:

"""


def readme(package: str, suite: str) -> bytes:
    """The text for the package of this id and suite."""
    text = _TEXT.format(package=package)
    if suite == GM:
        text += "\n" + _GM + Path(open_gm.__file__).with_suffix(".py").read_text("utf-8")
    return text.encode("utf-8")
