"""What may be said of the company. Pure; the database repeats the limits as CHECKs."""

NAME_CHARACTERS = 120
ADDRESS_CHARACTERS = 400
TAX_NUMBER_CHARACTERS = 40
PHONE_CHARACTERS = 40
URL_CHARACTERS = 500
