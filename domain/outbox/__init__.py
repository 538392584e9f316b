"""What has to leave: rows written with the act that they tell of, sent by the worker later."""
