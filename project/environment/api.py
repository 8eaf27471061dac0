"""What programs may ask of the site, and where they may be told that something happened."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from project.environment import reading, refuse

with reading() as env:
    API_REQUESTS_A_MINUTE = env.int("API_REQUESTS_A_MINUTE", 300)
    _NETWORKS: list[str] = env.list("WEBHOOK_NETWORKS", [])

if API_REQUESTS_A_MINUTE < 1:
    refuse("API_REQUESTS_A_MINUTE", "must be 1 or more: no program could ask for anything.")

WEBHOOK_NETWORKS: list[IPv4Network | IPv6Network] = []
"""Networks of your own in which webhooks may be received; anywhere else only public addresses, and only https."""
for _text in _NETWORKS:
    try:
        WEBHOOK_NETWORKS.append(ip_network(_text))
    except ValueError:
        refuse("WEBHOOK_NETWORKS", f'must hold networks such as 10.1.0.0/16, not "{_text}".')
