"""Words that people and models use for the same thing, and words that carry no meaning in a question.

The groups are words of system operations, not of particular tools: somebody who asks for an SSL cert means what a tool
calls a TLS certificate. A tool whose users have other words for it lists them in its tags.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from .tokens import stem_word

# One line for each group of synonyms, separated by commas; a phrase has blanks.
_ALIKE = """
ssl, tls
cert, certificate
https, tls, http
expire, expiry, valid until, run out, runs out, days left, still valid
checksum, hash, digest, fingerprint, md5sum, sha256sum, sha512sum
regex, regexp, regular expression, pattern, grep, match
jwt, json web token, access token, bearer token, oauth token, id token
claim, scope, audience
yml, yaml
cron, crontab, schedule
fire, trigger, run
timezone, time zone, tz, local time
difference, diff, changed, compare, comparison
calculate, compute, arithmetic, calculation, evaluate, math, maths, mathematics
calculate, arithmetic, work out, multiply, divide, add up, share, ratio, square root, percent, percentage, how much is
convert, turn, translate, transform, rewrite, change into
webpage, web page, page, website, web site, site, article, blog, blog post
fetch, download, get, retrieve
curl, wget, http request, call, send request, api call
endpoint, api, rest
hostname, host name, domain name, fqdn
domain, zone
nameserver, name server, name servers
mx, mail exchanger, mail exchangers, mail server
spf, dkim, dmarc, txt
ptr, reverse lookup, reverse dns
soa, ns, delegation
ip, ip address, address
subnet, cidr, network, ip range, address range, vpc, prefix
netmask, subnet mask, mask, prefix length
divide, split, division
reachable, reach, connectivity, telnet, open port, listening, ping, connect
firewall, firewalled, blocked
port, socket
csv, spreadsheet, comma separated, semicolon separated, excel, tsv
profile, describe, overview, summary, summarise, summarize, condense, first look
average, mean
blank, empty, missing
distinct, unique, different
column, field
table, rows, dataset, data set
join, combine, merge
sql, select, group by, database query, aggregate, order by
log, logfile, log file, syslog, journal, log lines
error, warning, failure, going wrong
frequent, common, often
extract, pull, pick, pull out, find every
filter, where, condition
element, item
metric, promql, grafana, time series, latency, quantile, percentile, p50, p90, p95, p99
metric, cpu usage, memory usage, error rate
prometheus, victoriametrics, thanos, mimir, monitoring
validate, check against, conform, conforms, valid according, violation, violations, violate
payload, body, document
business days, working days, weekdays, workdays
duration, elapsed, how long, time between, time left, uptime, how old, age
difference, between
days until, time left, deadline
until, time left
ago, before, subtract, days before
from now, add, plus, after, later, tomorrow
resolve, resolution, look up, lookup
plain text, readable text, text
tag, html
kubernetes, k8s, kubectl, helm
delete, remove
issuer, issued, signed by, certificate authority
alternative names, san, names
self signed, trusted, untrusted, trust
jq, jmespath, jsonpath, json path
config, configuration
pretty print, reformat, format, indent, minified, normalise
unit, kb, mb, gb, tb, kib, mib, gib, tib
sum, total, plus, minus, times, multiply, multiplied, divided by, product
same, equal, identical
moment, timestamp, time stamp, time
"""

_EMPTY = """
a about all also am an and any are as at be been being but by can could did do does doing done each else every for from
had has have having he her here hers him his how i if in into is it its just let like lot make makes me mine more most
my no nor not of on once one only onto or other our ours out over own per please really she should so some such than
that the their theirs them then there these they thing this those to too tool tools up us use used uses using very via
want wants was we well were what when where whether which while who whom whose why will with would you your yours
give show tell need needs know something anything someone somebody help say says
"""

# Words of almost every description and question: they say little, even if only a few tools have them. In a small
# catalog a word can be rare by accident.
_WEAK = """
list get find check look read open run point form value number order result return return back first last new old big
few all part way kind line file text name show print output input given example different current many much other thing
work possible right wrong type time data set change problem server machine service system user team look inside take
"""


@cache
def list_weak_stems() -> frozenset[str]:
    """The stems of words that say little about a tool."""
    return frozenset(map(stem_word, _WEAK.split()))


@cache
def list_empty_words() -> frozenset[str]:
    """The words that are ignored in questions and in tools."""
    return frozenset(_EMPTY.split())


@cache
def map_synonyms() -> Mapping[tuple[str, ...], frozenset[tuple[str, ...]]]:
    """For each phrase the other phrases of its groups; phrases are tuples of stems."""
    found: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for line in _ALIKE.strip().splitlines():
        group = {tuple(map(stem_word, phrase.replace("-", " ").split())) for phrase in line.split(", ")}
        for phrase in group:
            found.setdefault(phrase, set()).update(group - {phrase})
    return {phrase: frozenset(others) for phrase, others in found.items()}


@cache
def count_longest_phrase() -> int:
    """The number of words of the longest phrase."""
    return max(map(len, map_synonyms()))
