"""A payment simulator: takes pretended money and speaks Stripe's wire format.

A program of its own, `python -m simulator`, with a process and a SQLite file of its own. It
imports nothing of Scrip, and Scrip nothing of it: they share an address, a key and a secret, as
with Stripe. So the adapter to Stripe, its signatures, redirects, refunds and disputes are the code
that runs in production; only what answers is another one.

- `/v1/…` is the part of Stripe's API that selling once needs, of the version in `settings.py`.
- `/pay/…` is the page where a buyer pays, by test cards (`cards.py`) or by a bank that confirms
  later. No card number is kept.
- `/` is for people: what was paid, what was sent, and buttons to refund, dispute and send again.
- `/simulator/…` is for tests: faults, another time, webhooks lost or doubled, payments without
  a page.

Two threads work beside the server's: `sender.py` sends webhooks, and does what is due by the clock.
"""
