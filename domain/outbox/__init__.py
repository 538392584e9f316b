"""What has to leave: rows written with the act that they report, sent by the worker later."""
