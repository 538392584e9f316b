"""The page's texts in four languages; English where a language has none."""

from flask import request

LANGUAGES = ("en", "tr", "de", "ar")
RIGHT_TO_LEFT = frozenset({"ar"})

TEXTS: dict[str, dict[str, str]] = {
    "test": {
        "en": "Payment simulator. No real money, no real cards.",
        "tr": "Ödeme simülatörü. Gerçek para ve gerçek kart yok.",
        "de": "Zahlungssimulator. Kein echtes Geld, keine echten Karten.",
        "ar": "محاكي الدفع. لا أموال حقيقية ولا بطاقات حقيقية.",
    },
    "title": {"en": "Pay", "tr": "Öde", "de": "Bezahlen", "ar": "الدفع"},
    "back": {"en": "Back", "tr": "Geri", "de": "Zurück", "ar": "رجوع"},
    "by_card": {
        "en": "Pay by card",
        "tr": "Kartla öde",
        "de": "Mit Karte bezahlen",
        "ar": "الدفع بالبطاقة",
    },
    "number": {
        "en": "Card number",
        "tr": "Kart numarası",
        "de": "Kartennummer",
        "ar": "رقم البطاقة",
    },
    "expiry": {
        "en": "Expiry date (month/year)",
        "tr": "Son kullanma tarihi (ay/yıl)",
        "de": "Gültig bis (Monat/Jahr)",
        "ar": "تاريخ الانتهاء (شهر/سنة)",
    },
    "code": {"en": "CVC", "tr": "CVC", "de": "Prüfnummer", "ar": "رمز الأمان"},
    "email": {"en": "Email", "tr": "E-posta", "de": "E-Mail", "ar": "البريد الإلكتروني"},
    "pay": {
        "en": "Pay {amount}",
        "tr": "{amount} öde",
        "de": "{amount} bezahlen",
        "ar": "ادفع {amount}",
    },
    "cards": {
        "en": "Test cards",
        "tr": "Test kartları",
        "de": "Testkarten",
        "ar": "بطاقات الاختبار",
    },
    "by_bank": {
        "en": "Pay by bank, confirmed later",
        "tr": "Bankayla öde, onay sonra gelir",
        "de": "Per Bank bezahlen, Bestätigung später",
        "ar": "الدفع عبر البنك، والتأكيد لاحقًا",
    },
    "bank_yes": {
        "en": "Pay, and the bank says yes in {seconds} seconds",
        "tr": "Öde; banka {seconds} saniye sonra onaylar",
        "de": "Bezahlen, die Bank sagt nach {seconds} Sekunden ja",
        "ar": "ادفع، ويوافق البنك بعد {seconds} ثوانٍ",
    },
    "bank_no": {
        "en": "Pay, and the bank says no in {seconds} seconds",
        "tr": "Öde; banka {seconds} saniye sonra reddeder",
        "de": "Bezahlen, die Bank sagt nach {seconds} Sekunden nein",
        "ar": "ادفع، ويرفض البنك بعد {seconds} ثوانٍ",
    },
    "bank_asks": {
        "en": "Your bank asks: is this payment yours?",
        "tr": "Bankanız soruyor: bu ödeme size mi ait?",
        "de": "Ihre Bank fragt: Ist diese Zahlung von Ihnen?",
        "ar": "يسألك البنك: هل هذه الدفعة منك؟",
    },
    "confirm": {
        "en": "Yes, confirm",
        "tr": "Evet, onayla",
        "de": "Ja, bestätigen",
        "ar": "نعم، أؤكد",
    },
    "refuse": {
        "en": "No, this is not mine",
        "tr": "Hayır, bana ait değil",
        "de": "Nein, nicht von mir",
        "ar": "لا، ليست مني",
    },
    "card_declined": {
        "en": "Your card was declined. Try another card.",
        "tr": "Kartınız reddedildi. Başka bir kart deneyin.",
        "de": "Die Karte wurde abgelehnt. Versuchen Sie eine andere Karte.",
        "ar": "رُفضت بطاقتك. جرّب بطاقة أخرى.",
    },
    "insufficient_funds": {
        "en": "There is not enough money on this card. Try another card.",
        "tr": "Bu kartta yeterli bakiye yok. Başka bir kart deneyin.",
        "de": "Auf dieser Karte ist nicht genug Geld. Versuchen Sie eine andere Karte.",
        "ar": "لا يوجد رصيد كافٍ في هذه البطاقة. جرّب بطاقة أخرى.",
    },
    "expired_card": {
        "en": "This card has expired. Try another card.",
        "tr": "Bu kartın süresi dolmuş. Başka bir kart deneyin.",
        "de": "Diese Karte ist abgelaufen. Versuchen Sie eine andere Karte.",
        "ar": "انتهت صلاحية هذه البطاقة. جرّب بطاقة أخرى.",
    },
    "incorrect_cvc": {
        "en": "The CVC is wrong. Check it, and try again.",
        "tr": "CVC yanlış. Kontrol edip yeniden deneyin.",
        "de": "Die Prüfnummer stimmt nicht. Prüfen Sie sie, und versuchen Sie es noch einmal.",
        "ar": "رمز الأمان خاطئ. تحقق منه وأعد المحاولة.",
    },
    "processing_error": {
        "en": "The bank had an error. Try again.",
        "tr": "Bankada bir hata oluştu. Yeniden deneyin.",
        "de": "Bei der Bank gab es einen Fehler. Versuchen Sie es noch einmal.",
        "ar": "حدث خطأ لدى البنك. أعد المحاولة.",
    },
    "payment_intent_authentication_failure": {
        "en": "The payment was not confirmed. Try again, or use another card.",
        "tr": "Ödeme onaylanmadı. Yeniden deneyin ya da başka bir kart kullanın.",
        "de": "Die Zahlung wurde nicht bestätigt. Versuchen Sie es noch einmal.",
        "ar": "لم تُؤكَّد الدفعة. أعد المحاولة أو استخدم بطاقة أخرى.",
    },
    "test_mode_live_card": {
        "en": "This page takes test cards only. See the list below.",
        "tr": "Bu sayfa yalnızca test kartlarını kabul eder. Aşağıdaki listeye bakın.",
        "de": "Diese Seite nimmt nur Testkarten. Sehen Sie in die Liste unten.",
        "ar": "تقبل هذه الصفحة بطاقات الاختبار فقط. انظر القائمة أدناه.",
    },
    "complete": {
        "en": "This was paid already.",
        "tr": "Bu zaten ödendi.",
        "de": "Das ist schon bezahlt.",
        "ar": "هذا مدفوع من قبل.",
    },
    "expired": {
        "en": "Time ran out. Nothing was paid.",
        "tr": "Süre doldu. Ödeme alınmadı.",
        "de": "Die Zeit ist abgelaufen. Es wurde nichts bezahlt.",
        "ar": "انتهى الوقت. لم يُدفع شيء.",
    },
    "unknown": {
        "en": "There is no such payment.",
        "tr": "Böyle bir ödeme yok.",
        "de": "Diese Zahlung gibt es nicht.",
        "ar": "لا توجد دفعة كهذه.",
    },
}


def choose_language(locale: str) -> str:
    """What the seller asked for, or what the browser prefers."""
    if locale in LANGUAGES:
        return locale
    return request.accept_languages.best_match(LANGUAGES) or "en"


def text(name: str, language: str, **values: object) -> str:
    words = TEXTS[name]
    return words.get(language, words["en"]).format(**values)
