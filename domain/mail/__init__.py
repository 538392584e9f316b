"""Mail: how it is put together and handed to a mail server."""
