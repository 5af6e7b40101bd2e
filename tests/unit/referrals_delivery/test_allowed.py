"""Nothing leaves for a place that nobody named, and no name leads to a machine inside."""

import pytest
from yarl import URL

from config.outgoing import Place, named_secrets, outgoing_faults, place
from helpline.referrals.allowed import NotAllowed, is_allowed, may_connect, place_of

PLACES = (place("primero.example.org"), place("http://primero.lan:3000=10.20.0.0/16"), place("192.0.2.7:8443"))


@pytest.mark.parametrize(
    ("written", "scheme", "host", "port", "networks"),
    [
        ("primero.example.org", "https", "primero.example.org", 443, ()),
        ("Primero.Example.ORG.", "https", "primero.example.org", 443, ()),
        ("https://safe.example:8443", "https", "safe.example", 8443, ()),
        ("http://primero.lan=10.20.0.0/16", "http", "primero.lan", 80, ("10.20.0.0/16",)),
        ("lan=10.0.0.0/8+fd00::/8", "https", "lan", 443, ("10.0.0.0/8", "fd00::/8")),
        ("10.1.2.3", "https", "10.1.2.3", 443, ("10.1.2.3/32",)),
        ("[fd12::1]:8443", "https", "fd12::1", 8443, ("fd12::1/128",)),
        ("secours-enfance.example", "https", "secours-enfance.example", 443, ()),
        ("bücher.example", "https", "xn--bcher-kva.example", 443, ()),
        ("[fd12:0:0::1]", "https", "fd12::1", 443, ("fd12::1/128",)),
    ],
)
def test_an_operator_names_a_place(written: str, scheme: str, host: str, port: int, networks: tuple[str, ...]) -> None:
    found = place(written)
    assert (found.scheme, found.host, found.port) == (scheme, host, port)
    assert tuple(map(str, found.networks)) == networks


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*.example.org",
        "ftp://example.org",
        "https://example.org/path",
        "https://user@example.org",
        "https://example.org?query",
        "example.org:99999",
        "example.org=nothing",
        "example.org=10.0.0.1/8",
        "two words.example",
        "[::1",
        "-.example",
    ],
)
def test_what_is_no_place_is_said_without_repeating_it(written: str) -> None:
    with pytest.raises(ValueError, match=r"\. Write it as") as told:
        place(written)
    assert not written or written not in str(told.value).split(". Write it as")[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://primero.example.org/api/v2/cases",
        "https://PRIMERO.example.org:443/",
        "https://primero.example.org./api",
        "http://primero.lan:3000/api/v2/lookups?per=1",
        "https://192.0.2.7:8443/",
    ],
)
def test_a_named_place_may_be_asked(url: str) -> None:
    assert place_of(PLACES, URL(url)) in PLACES
    assert is_allowed(PLACES, url)


@pytest.mark.parametrize(
    "url",
    [
        "http://primero.example.org/",  # not encrypted
        "https://primero.example.org:8443/",  # another port
        "https://primero.lan:3000/",  # another scheme
        "https://evil.primero.example.org/",
        "https://primero.example.org.evil.example/",
        "https://primero.example.org@evil.example/",
        "https://someone:secret@primero.example.org/",
        "https://evil.example/primero.example.org",
        "https://evil.example#primero.example.org",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "//primero.example.org/",
        "",
        "https://",
        "https://[::1",
    ],
)
def test_any_other_place_is_refused(url: str) -> None:
    assert not is_allowed(PLACES, url)


def test_a_name_in_other_letters_is_one_place_however_it_is_written() -> None:
    assert is_allowed([place("bücher.example")], "https://BÜCHER.example/")
    assert is_allowed([place("bücher.example")], "https://xn--bcher-kva.example/")
    assert is_allowed([place("[fd12:0:0::1]")], "https://[fd12::0:1]/")


def test_a_refusal_names_no_address() -> None:
    with pytest.raises(NotAllowed) as told:
        place_of(PLACES, URL("https://someone:secret@evil.example/"))
    assert "evil" not in str(told.value) and "secret" not in str(told.value)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "41.77.0.1", "196.46.0.1", "2606:4700::1111", "2c0f:f000::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert may_connect(address)


INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "240.0.0.1",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "::ffff:10.0.0.1",  # IPv4 written as IPv6
    "::ffff:127.0.0.1",
    "::10.0.0.1",  # the same, in the form that was given up
    "64:ff9b::a00:1",  # through a gateway to 10.0.0.1
    "64:ff9b:1::808:808",  # a gateway of one's own
    "2002:a00:1::1",  # 6to4 to 10.0.0.1
    "2002:808:808::1",  # 6to4 at all
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
    "2606:4700::5efe:a00:1",  # ISATAP to 10.0.0.1
    "2001:db8::1",
    "100::1",
    "3fff::1",
    "4000::1",
    "1",
    "0x7f000001",
    "127.1",
    "",
    "localhost",
]

NOWHERE = ["169.254.169.254", "::ffff:169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254"]
NOWHERE += ["100.100.100.200", "168.63.129.16", "192.0.0.192", "0.0.0.0", "::", "224.0.0.1", "ff02::1"]
NOWHERE += ["255.255.255.255", "64:ff9b::a9fe:a9fe"]


@pytest.mark.parametrize("address", [*INSIDE, *NOWHERE])
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not may_connect(address)


def test_a_private_network_that_is_named_may_be_connected_to_and_no_other() -> None:
    networks = place("primero.lan=10.20.0.0/16+fd12::/16").networks
    assert may_connect("10.20.3.4", networks)
    assert may_connect("::ffff:10.20.3.4", networks)
    assert may_connect("fd12::7", networks)
    assert not may_connect("10.21.3.4", networks)
    assert not may_connect("127.0.0.1", networks)


@pytest.mark.parametrize("address", NOWHERE)
def test_where_a_machine_gets_its_own_credentials_is_refused_though_it_is_named(address: str) -> None:
    assert not may_connect(address, place("lan=0.0.0.0/0+::/0").networks)


NOTHING = {"url": "", "username": "", "password": ""}
SET = {"url": "https://primero.example.org", "username": "helpline", "password": "p"}


def faults(places: list[str], primero: dict[str, str], secrets: tuple[str, ...] = (), demo: bool = False) -> list[str]:
    values = {"outgoing_allowed": places, "webhook_secrets": secrets, "primero": primero}
    return [".".join(path) for path, _, _ in outgoing_faults(values, demonstration=demo)]


def test_a_primero_must_be_among_the_places_and_have_an_account() -> None:
    assert faults(["primero.example.org"], SET) == []
    assert faults([], NOTHING) == []
    assert faults([], SET) == ["primero.url"]
    assert faults(["http://primero.example.org"], SET) == ["primero.url"]
    assert faults(["primero.example.org"], SET | {"url": "https://x:y@primero.example.org"}) == ["primero.url"]
    assert faults(["primero.example.org"], SET | {"url": "primero.example.org"}) == ["primero.url"]
    assert faults(["primero.example.org"], SET | {"password": "", "username": ""}) == [
        "primero.username",
        "primero.password",
    ]


def test_a_demonstration_sends_to_this_computer_only() -> None:
    assert faults(["http://127.0.0.1:9000"], NOTHING, demo=True) == []
    assert faults(["primero.example.org"], NOTHING, demo=True) == ["outgoing_allowed"]


def test_a_webhook_is_signed_with_a_secret_that_cannot_be_guessed() -> None:
    good = "shelter=q8Zr2mK5tYx0Wb7Nc3Vd9Lf1Hs6Gj4Pa"
    assert faults([], NOTHING, (good,)) == []
    assert faults([], NOTHING, (good, "shelter=changeme")) == ["webhook_secrets"]
    assert faults([], NOTHING, (good, good + "x", good + "y")) == ["webhook_secrets"]
    assert named_secrets([good, "other=a", "shelter=b"]) == {"shelter": (good[8:], "b"), "other": ("a",)}
    for wrong in ("secret", "=secret", "name=", "Two Words=x"):
        with pytest.raises(ValueError, match="number 1"):
            named_secrets([wrong])


def test_places_are_values() -> None:
    assert place("a.example") == Place("https", "a.example", 443)
