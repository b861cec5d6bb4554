package io.lanyard.daemon.apps;

import io.lanyard.daemon.apps.Json.Num;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Data of the shape that the apps have: people of all over the world, and money that must not lose a digit. */
final class TestData {

    /**
     * Latin with diacritics, composed and with combining marks, Cyrillic, Greek, Arabic, Hebrew, Devanagari, Bengali,
     * Tamil, Thai, Chinese (also beyond the basic plane), Japanese, Korean (also as single letters), Ethiopic, emoji
     * with joiners, and what upsets naive escaping.
     */
    static final List<String> NAMES = List.of(
            "Zażółć Gęślą-Jaźń",
            "Łukasz Wójcik",
            "Ngô Thị Ánh Nguyệt",
            "Jose\u0301 Nu\u0301n\u0303ez",
            "Þórdís Æsa Ø̈rsted",
            "Наталія Щербак",
            "Ёлкина Юлия",
            "Γιώργος Ψαρράς",
            "عبد الرحمن الشريف",
            "\u202bפלוני אלמוני\u202c",
            "क्षितिज श्रीवास्तव",
            "শ্রীময়ী চট্টোপাধ্যায়",
            "தமிழ்ச்செல்வி",
            "กิ่งแก้ว น้ำใส",
            "欧阳娜娜",
            "𠮷野家 髙﨑",
            "渡邉 さくら・ｶﾞ",
            "김하늘 ᄒ\u1161\u11ab",
            "ሰላማዊት ተስፋዬ",
            "👩🏽‍🔧 Ada 🇵🇱",
            "O'Brien \"Bob\" \\ </script>",
            "a\tb\u0000c\u007f\u2028\ufeffd");

    /** Numbers that a double, a BigDecimal or a rounding would not give back as they were written. */
    static final List<String> DECIMALS = List.of(
            "12.10",
            "0.1",
            "1E2",
            "-0",
            "100.00",
            "-0.0",
            "1e+2",
            "9007199254740993",
            "0.10000000000000000555",
            "1.0E-7",
            "3.333333333333333333333333333333",
            "123456789012345678901234567890.12",
            "1e400",
            "0e0");

    private TestData() {}

    static String name(int number) {
        return NAMES.get(number % NAMES.size()) + " " + number;
    }

    /** Returns a sum of money in one of the forms in which apps write it. */
    static Num amount(int number) {
        return Json.number(
                number % 3 == 0
                        ? DECIMALS.get(number / 3 % DECIMALS.size())
                        : number % 1_000 + "." + number / 7 % 10 + (number % 2 == 0 ? "0" : "5"));
    }

    static Map<String, Object> contact(int number) {
        return Json.object(
                "name",
                name(number),
                "phone",
                "+48 22 " + (1_000_000 + number),
                "balance",
                amount(number),
                "address",
                Json.object("city", number % 2 == 0 ? "Kraków" : "São Paulo", "zip", "0" + number),
                "tags",
                number % 5 == 0 ? List.of() : List.of("customer", Json.number(number), "vip"),
                "email",
                number % 4 == 0 ? null : "c" + number + "@example.com");
    }

    static Map<String, Object> transaction(int number, Random random) {
        return Json.object(
                "contact", "c-" + random.nextInt(1_000),
                "amount", amount(number),
                "kind", random.nextBoolean() ? "credit" : "payment",
                "note", name(random.nextInt(1_000)),
                "lines", List.of(Json.object("sku", "s" + random.nextInt(50), "price", amount(random.nextInt(99)))));
    }

    static Map<String, Object> order(int number, String status) {
        return Json.object(
                "table", Json.number(number % 30),
                "status", status,
                "customer", Json.object("name", name(number), "phone", null),
                "items",
                        List.of(
                                Json.object("sku", "coffee", "count", Json.number(1), "price", Json.number("12.10")),
                                Json.object("sku", "piróg", "count", Json.number(number), "price", amount(number))),
                "total", amount(number));
    }

    static Map<String, Object> expense(int number, String person) {
        return Json.object(
                "amount", amount(number),
                "currency", number % 2 == 0 ? "PLN" : "EUR",
                "category", List.of("travel", "meals", "office", "परिवहन").get(number % 4),
                "paidBy", person,
                "note", name(number),
                "receipt", Json.object("number", "R/" + number, "lines", List.of(amount(number), amount(number + 1))));
    }
}
