"""The SIPp scenario of a crowd of callees: what one does is told by the last three digits of the number dialed.

    486 480 603 404 503 408  answers with that SIP code      487  rings until the caller gives up
    200  rings 1 s, then answers                             999  never answers the INVITE at all
    811 812 813 819  answers and presses 1, 2, 3, 9 by RTP (RFC 4733)
    821 822 823 829  the same keys by SIP INFO               828  presses 2 by SIP INFO twenty times
    843  presses 3 by RTP, and hangs up 3 s later
    831  a person's "hello" and silence    832  a machine's long greeting    833  answers and says nothing
    841  hangs up as soon as it has answered                 842  hangs up after half a second
    any other: answers after 50 ms and stays until the caller hangs up, or for `hold` seconds

What happens is written to SIPp's log, one line an event, in order: `TIMESTAMP invite|answer|end NUMBER CALL-ID`.
"""

from __future__ import annotations

REFUSALS = {
    486: "Busy Here",
    480: "Temporarily Unavailable",
    603: "Decline",
    404: "Not Found",
    503: "Service Unavailable",
    408: "Request Timeout",
}
KEYS = (1, 2, 3, 9)
DTMF = "/usr/share/sip-tester/dtmf_2833_{}.pcap"
FLOOD = 20
PRESS_AFTER = 700
"""Milliseconds from the answer."""
ECHO = "[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n{cseq}\n"
TAG = ";tag=[pid]T[call_number]"
SDP = """v=0
o=callee 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=sendrecv
"""


def scenario(hold: float) -> str:
    """The XML. `hold` in seconds."""
    kinds = {**{str(code): f"refuse{code}" for code in REFUSALS}, "487": "ringing", "999": "silent"}
    kinds |= {"200": "slow", "828": "flood", "831": "human", "832": "machine", "841": "brief", "842": "short"}
    kinds |= {f"81{key}": f"rtp{key}" for key in KEYS} | {f"82{key}": f"info{key}" for key in KEYS}
    kinds["843"] = "hasty"
    tests = "\n".join(
        f'<ereg regexp="^INVITE sip:[0-9+]*{digits}@" search_in="msg" assign_to="{kind}"/>'
        for digits, kind in kinds.items()
    )
    begin = [name for name in kinds.values() if name.startswith(("refuse", "silent"))]
    talking = [name for name in kinds.values() if name not in begin and name not in ("ringing", "slow")]
    parts = [
        f"""<recv request="INVITE" rrs="true"><action>
{tests}
<ereg regexp="sip:([0-9+]+)@" search_in="hdr" header="To:" assign_to="whole,number"/>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>
<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
<log message="[timestamp] invite [$number] [call_id]"/>
</action></recv>""",
        *(_goto(name) for name in begin),
        _send(_response("180 Ringing", tag=True), retrans=False),
        _goto("ringing"),
        _goto("slow"),
        '<recv request="CANCEL" timeout="50" ontimeout="answer" next="cancelled"/>',
        _label("slow"),
        '<recv request="CANCEL" timeout="1000" ontimeout="answer" next="cancelled"/>',
        _label("answer"),
        _send(_response("200 OK", tag=True, sdp=True)),
        '<recv request="ACK"><action><log message="[timestamp] answer [$number] [call_id]"/></action></recv>',
        *(_goto(name) for name in talking),
        _label("talk"),
        f'<recv request="BYE" timeout="{int(hold * 1000)}" ontimeout="brief" next="byed"/>',
        _label("short"),
        '<recv request="BYE" timeout="500" ontimeout="brief" next="byed"/>',
        _label("brief"),
        _send(_request("BYE", 9)),
        '<recv request="BYE" optional="true" next="byed"/>',
        '<recv response="200" next="end"/>',
        _label("byed"),
        _send(_response("200 OK"), retrans=False, then="end"),
        *(_by_rtp(key) for key in KEYS),
        _by_rtp(3, "hasty", then="leaves"),
        _label("leaves"),
        '<recv request="BYE" timeout="3000" ontimeout="brief" next="byed"/>',
        *(_by_info(key) for key in KEYS),
        _flood(),
        *(
            f'{_label(name)}<nop next="talk"><action><exec rtp_stream="{name}.ulaw,1,0"/></action></nop>'
            for name in ("human", "machine")
        ),
        *(_refuse(code, reason) for code, reason in REFUSALS.items()),
        _label("ringing"),
        '<recv request="CANCEL"/>',
        _label("cancelled"),
        _send(_response("200 OK"), retrans=False),
        _send(_response("487 Request Terminated", tag=True, cseq="CSeq: [$cseq] INVITE")),
        '<recv request="ACK" next="end"/>',
        _label("silent"),
        '<pause milliseconds="20000"/>',
        _label("end"),
        '<nop><action><log message="[timestamp] end [$number] [call_id]"/></action></nop>',
        '<timewait milliseconds="500"/>',
    ]
    unused = '<Reference variables="whole"/>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="callees">\n'
        + "\n".join([*parts, unused])
        + "\n</scenario>\n"
    )


def _label(name: str) -> str:
    return f'<label id="{name}"/>'


def _goto(name: str) -> str:
    """On to the label `name` where the variable of that name was set by the number."""
    return f'<nop next="{name}" test="{name}"/>'


def _send(message: str, *, retrans: bool = True, then: str | None = None) -> str:
    attributes = (' retrans="500"' if retrans else "") + (f' next="{then}"' if then else "")
    return f"<send{attributes}><![CDATA[\n{message}\n]]></send>"


def _response(status: str, *, tag: bool = False, sdp: bool = False, cseq: str = "[last_CSeq:]") -> str:
    head = f"SIP/2.0 {status}\n" + ECHO.format(tag=TAG if tag else "", cseq=cseq)
    if tag:
        head += "Contact: <sip:[local_ip]:[local_port]>\n"
    if sdp:
        return f"{head}Content-Type: application/sdp\nContent-Length: [len]\n\n{SDP}"
    return f"{head}Content-Length: 0\n"


def _request(method: str, cseq: int, body: str | None = None) -> str:
    head = f"""{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From:[$to]{TAG}
To:[$from]
Call-ID: [call_id]
CSeq: {cseq} {method}
Max-Forwards: 70
Contact: <sip:[local_ip]:[local_port]>
"""
    if body is None:
        return f"{head}Content-Length: 0\n"
    return f"{head}Content-Type: application/dtmf-relay\nContent-Length: [len]\n\n{body}"


def _pause(name: str) -> str:
    """Wait, and take a BYE that comes meanwhile; then go on at `name`-go."""
    wait = f'<recv request="BYE" timeout="{PRESS_AFTER}" ontimeout="{name}go" next="byed"/>'
    return _label(name) + wait + _label(f"{name}go")


def _by_rtp(key: int, name: str = "", then: str = "talk") -> str:
    action = f'<exec play_pcap_audio="{DTMF.format(key)}"/>'
    return f'{_pause(name or f"rtp{key}")}<nop next="{then}"><action>{action}</action></nop>'


def _by_info(key: int) -> str:
    return (
        _pause(f"info{key}")
        + _send(_request("INFO", 8, f"Signal={key}\nDuration=160"))
        + '<recv request="BYE" optional="true" next="byed"/><recv response="200" next="talk"/>'
    )


def _flood() -> str:
    presses = "".join(
        _send(_request("INFO", 20 + number, "Signal=2\nDuration=100"))
        + '<recv request="BYE" optional="true" next="byed"/><recv response="200"/>'
        for number in range(FLOOD)
    )
    return f'{_pause("flood")}{presses}<nop next="talk"/>'


def _refuse(code: int, reason: str) -> str:
    return (
        _label(f"refuse{code}")
        + _send(_response(f"{code} {reason}", tag=True))
        + '<recv request="ACK" next="end"/>'
    )
