"""What a package carries of the trust bundle: authorities and CRLs as they were when signing."""

from field_app.credentials.cms import crl_facts
from field_app.credentials.trust import Trust
from field_app.crypto.hashing import sha256_hex
from field_app.packages.seal import TrustFiles
from field_app.packages.statement import CrlRef


def trust_files(trust: Trust) -> TrustFiles:
    """Named by content, so that a later revision adds files and rewrites none."""
    authorities = trust.authorities_pem()
    files = {f"authorities-{sha256_hex(authorities)[:12]}.pem": authorities}
    crls = []
    for crl in trust.crls:
        facts = crl_facts(crl)
        files[f"crl-{facts.number:06d}-{facts.sha256[:12]}.crl"] = facts.pem
        crls.append(CrlRef(facts.number, facts.sha256))
    return TrustFiles(files, tuple(crls))
