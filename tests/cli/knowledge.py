#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""undertone knowledge: articles of three languages go in, the right one comes out, and goes again."""
import os
import unittest

from undertone import run

ARTICLES = {
    "kb/refund.md": "# Refunds\n\nA refund is paid within ten days to the card that was used.\n\n## When it is late\n\n"
                    "After ten days, ask the bank with the reference of the refund.\n",
    "kb/router.html": "<html><title>Router &amp; lights</title><body><p>When the light of the router blinks red, switch it "
                      "off for ten seconds.</p><script>alert(1)</script></body>",
    "kb/es/cancelar.txt": "Cancelar el contrato\n\nPara cancelar el contrato hay que avisar con treinta días y devolver el router.\n",
    "kb/more.csv": 'title,text,language,queue\n"Đổi địa chỉ","Để đổi địa chỉ giao hàng, bạn vào mục đơn hàng của tôi.",vi,\n'
                   '"Sim","Giving out a card needs an identity card and a number to keep.",en,Sims\n',
    "kb/.git/x.md": "# secret\n\nnot an article of the people that you are looking for\n",
}


class Knowledge(unittest.TestCase):
    def setUp(self):
        for path, text in ARTICLES.items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(text)

    def found(self, *words):
        r = run("knowledge", "find", "--data", "record", *words)
        self.assertIn(r.status, (0, 3), r.err)
        return [line.rpartition("  (")[0] for line in r.out.decode().splitlines() if not line.startswith(" ")]

    def test_all(self):
        for again in range(2):  # The second time takes the place of the first.
            r = run("knowledge", "import", "--data", "record", "kb")
            self.assertEqual((r.status, r.out), (0, b"5 articles taken in, 0 failed\n"), r.err)
        titles = run("knowledge", "list", "--data", "record").out.decode()
        self.assertEqual(sorted(line.split()[0] for line in titles.splitlines()), ["en", "en", "en", "es", "vi"])
        self.assertIn("Router & lights", titles)
        self.assertNotIn("secret", titles)
        self.assertEqual(self.found("where is my refund?")[0], "Refunds")
        self.assertEqual(self.found("refunded", "late")[0], "Refunds")
        self.assertEqual(self.found("--language", "es", "quiero la cancelación de mi contrato"), ["Cancelar el contrato"])
        self.assertEqual(self.found("doi dia chi giao hang"), ["Đổi địa chỉ"])
        self.assertEqual(self.found("--queue", "Sims", "zzzz"), ["Sim"])
        self.assertEqual(self.found("zzzz"), [])
        for odd in ('"OR * NEAR( refunds', "refund'; DROP TABLE articles; --", "refund\x00", "title:refund^*", "(((", "-"):
            if "\x00" not in odd:
                self.found(odd)
        self.assertIn("Refunds", self.found('") refund AND (" NOT'))
        self.assertEqual(run("knowledge", "drop", "--data", "record", "kb/refund.md").status, 0)
        self.assertNotIn("Refunds", self.found("refund"))
        self.assertEqual(run("knowledge", "drop", "--data", "record", "kb/refund.md").status, 1)
        self.assertEqual(run("knowledge", "drop", "--data", "record", "*").status, 0)
        self.assertEqual(run("knowledge", "list", "--data", "record").out, b"")

    def test_odd_folders(self):
        """Dots above the folder hide nothing; links, pipes and hidden files in it are left; control characters reach no terminal."""
        os.makedirs(".up/odd/.git", exist_ok=True)
        for name in ("one.md", ".git/two.md", ".three.md", "\033]0;four\007.md"):
            with open(".up/odd/" + name, "w") as f:
                f.write("# A router\n\nRestart the router when the line is down.\n")
        os.symlink("/etc/hostname", ".up/odd/link.md")
        os.mkfifo(".up/odd/pipe.md")
        for path in (".up/odd", "./.up/../.up/odd/"):
            r = run("knowledge", "import", "--data", "odd-record", path)
            self.assertEqual((r.status, r.out), (0, b"2 articles taken in, 0 failed\n"), r.err)
        listed = run("knowledge", "list", "--data", "odd-record").out + run("knowledge", "find", "--data", "odd-record", "router").out
        self.assertIn(b"?]0;four?.md", listed)
        self.assertNotIn(b"\033", listed)
        os.symlink("odd/one.md", ".up/one.md")  # One that was named is meant.
        self.assertEqual(run("knowledge", "import", "--data", "odd-record", ".up/one.md").status, 0)
        os.makedirs("nothing", exist_ok=True)
        r = run("knowledge", "import", "--data", "odd-record", "nothing")
        self.assertEqual(r.status, 1)
        self.assertIn("holds no articles", r.err)

    def test_what_is_wrong_is_told(self):
        for args in ([], ["import", "--data", "record"], ["import", "kb"], ["find", "--data", "record"], ["say", "--data", "record"],
                     ["import", "--dat", "record", "kb"]):
            self.assertEqual(run("knowledge", *args).status, 2, args)
        self.assertIn("no-such", run("knowledge", "import", "--data", "record", "no-such").err)
        for name, data, said in (("utf16.md", "\ufeffx".encode("utf-16"), "UTF-8"), ("empty.md", b"", "no text"),
                                 ("odd.csv", b"a,b\n1,2\n", "title and text"), ("de.md", b"Guten Tag zusammen\n", "--language")):
            with open(name, "wb") as f:
                f.write(data)
            r = run("knowledge", "import", "--data", "record", name)
            self.assertEqual(r.status, 1, name)
            self.assertIn(said, r.err)


if __name__ == "__main__":
    unittest.main()
