package main_test

import (
	"testing"
)

func TestWordsOfTables(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	c.with()
	c.file("countries.csv", "country,code\nGermany,DE\nFrance,FR\n")
	c.file("cities.csv", "city,code\n東京,13\nKöln,5\n")
	c.file("folder/x.csv", "a,b\n1,2\n")
	c.file("empty.csv", "\n")
	c.file("data.json", `[{"a":1},{"a":2}]`)
	c.say(
		said{why: "no table yet", args: "table list"},
		said{why: "a table from a file", args: "table import countries.csv --no-publish"},
		said{why: "a table from standard input", args: "table import - --name from-pipe --no-publish", in: "country,code\nItaly,IT\n"},
		said{why: "standard input without a name", args: "table import -", in: "a,b\n1,2\n"},
		said{why: "an empty standard input", args: "table import - --name x"},
		said{why: "a name for people", args: `table import countries.csv --name "My Table"`},
		said{why: "a name of letters that are not allowed", args: "table import countries.csv --name 都道府県"},
		said{why: "a name that stands for nothing", args: "table import countries.csv --name none"},
		said{why: "a file that is not there", args: "table import nothing.csv"},
		said{why: "a file with a slip in its name", args: "table import contries.csv"},
		said{why: "a file in a folder that is not there", args: "table import nowhere/countries.csv"},
		said{why: "a folder", args: "table import folder"},
		said{why: "an empty file", args: "table import empty.csv"},
		said{why: "JSON", args: "table import data.json"},
		said{why: "a delimiter that is none", args: "table import countries.csv --delimiter comma,"},
		said{why: "an encoding that is none", args: "table import countries.csv --encoding klingon"},
		said{why: "a header behind the end", args: "table import countries.csv --header-row 99"},
		said{why: "a convention without its column", args: "table import countries.csv --numbers 1,234.5"},
		said{why: "a convention of a column that is not there", args: "table import countries.csv --dates cuontry:dmy"},
		said{why: "a version that is made live", args: "table publish countries 1"},
		said{why: "a version that is not there", args: "table publish countries 7"},
		said{why: "nothing was live before", args: "table rollback countries"},
		said{why: "nothing to compare with", args: "table diff countries"},
		said{why: "a version that is not there, to compare with", args: "table diff countries --from 7"},
		said{why: "a table with a slip", args: "table show countris"},
		said{why: "a table written as a title", args: "table show Countries"},
		said{why: "a table with spaces", args: `table show "no such table"`},
		said{why: "settings of a table", args: `table set countries --label Länder --owner Ada --order 3 --hidden --description "Where leads are"`},
		said{why: "a table that is hidden", args: "table list"},
		said{why: "a table that is shown again", args: "table set countries --no-hidden"},
		said{why: "nothing to change", args: "table set countries"},
		said{why: "a place that is none", args: "table set countries --order -1"},
		said{why: "a copy", args: "table copy countries lands"},
		said{why: "a copy under a name that is taken", args: "table copy countries lands"},
		said{why: "another name", args: "table rename lands places"},
		said{why: "a table by the name that it had", args: "table show lands"},
		said{why: "a file for a name that campaigns have", args: "table import countries.csv --name lands"},
		said{why: "a name that is none", args: `table rename places "Two Words"`},
		said{why: "a version that is not there, to be written", args: "table export countries --version 7"},
		said{why: "a folder that is not there, to be written to", args: "table export countries -o nowhere/countries.csv"},
		said{why: "a folder for a file", args: "table export countries -o folder"},
		said{why: "a table written to standard output", args: "table export countries"},
		said{why: "a workbook", args: "table export countries -o countries.xlsx --json"},
		said{why: "a lookup that is not there", args: "table lookup countries contries"},
		said{why: "a lookup that nobody has set, rolled back", args: "table rollback countries --lookup countries"},
		said{why: "a table with a slip, to be deleted", args: "table delete countris --yes"},
		said{why: "nothing to restore", args: "table restore countries"},
		said{why: "a table that is deleted", args: "table delete from-pipe --yes"},
		said{why: "a table with a slip, to be restored", args: "table restore form-pipe"},
		said{why: "what can be restored", args: "table list --deleted"},
		said{why: "a table that is restored", args: "table restore from-pipe"},
	)
	c.end("tables")
}

func TestWordsOfLookupFiles(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	c.with()
	c.file("countries.csv", "country,code\nGermany,DE\nFrance,FR\n")
	c.file("places.csv", "place,code\nZürich,ZRH\nZurich,ZRH\nGenève,GVA\nGeneve,QGV\nBern,BRN\n")
	for name, text := range map[string]string{
		"loose.json":    `{"match":[{"column":"place","field":"city","mode":"loose"}],"outputs":[{"column":"code","field":"code"}]}`,
		"good.json":     "{\n  \"match\": [{\"column\": \"country\", \"field\": \"country\"}],\n  \"outputs\": [{\"column\": \"code\", \"field\": \"countryCode\"}]\n}\n",
		"key.json":      "{\n  \"match\": [{\"colum\": \"country\", \"field\": \"country\"}]\n}\n",
		"mode.json":     "{\n  \"match\": [{\"column\": \"country\", \"field\": \"country\", \"mode\": \"exakt\"}]\n}\n",
		"column.json":   "{\n  \"match\": [{\"column\": \"country\", \"field\": \"country\"}],\n  \"outputs\": [{\"column\": \"cod\", \"field\": \"countryCode\"}]\n}\n",
		"policy.json":   "{\n  \"match\": [{\"column\": \"country\", \"field\": \"country\"}],\n  \"hitPolicy\": \"frist\"\n}\n",
		"list.json":     "{\n  \"match\": {\"column\": \"country\", \"field\": \"country\"}\n}\n",
		"comma.json":    "{\n  \"match\": [{\"column\": \"country\", \"field\": \"country\"},]\n}\n",
		"nocomma.json":  "{\n  \"match\": [{\"column\": \"country\" \"field\": \"country\"}]\n}\n",
		"quotes.json":   "{\n  “match”: []\n}\n",
		"comment.json":  "{\n  // how countries are found\n  \"match\": []\n}\n",
		"cut.json":      "{\n  \"match\": [{\"column\": \"country\"\n",
		"twice.json":    "{}\n{}\n",
		"empty.json":    "\n",
		"utf16.json":    "\xff\xfe{\x00}\x00",
		"lookup.yaml":   "match:\n  - column: country\n",
		"folder/x.json": "{}",
	} {
		c.file(name, text)
	}
	code, out, errs := command(t, "table", "import", c.dir+"/countries.csv", "--server", c.env[0][len("TABLESTEP_SERVER="):], "--admin-key", testAdminKey)
	if code != 0 {
		t.Fatal(out, errs)
	}
	c.say(
		said{why: "a file that is not there", args: "table lookup countries --file nothing.json"},
		said{why: "a file with a slip in its name", args: "table lookup countries --file god.json"},
		said{why: "a folder", args: "table lookup countries --file folder"},
		said{why: "a key with a slip", args: "table lookup countries --file key.json"},
		said{why: "a mode with a slip", args: "table lookup countries --file mode.json"},
		said{why: "a column with a slip", args: "table lookup countries --file column.json"},
		said{why: "a hit policy with a slip", args: "table lookup countries --file policy.json"},
		said{why: "an object where a list should stand", args: "table lookup countries --file list.json"},
		said{why: "a comma too many", args: "table lookup countries --file comma.json"},
		said{why: "a comma too few", args: "table lookup countries --file nocomma.json"},
		said{why: "quotes of a text program", args: "table lookup countries --file quotes.json"},
		said{why: "a comment", args: "table lookup countries --file comment.json"},
		said{why: "a file that was cut", args: "table lookup countries --file cut.json"},
		said{why: "two values", args: "table lookup countries --file twice.json"},
		said{why: "an empty file", args: "table lookup countries --file empty.json"},
		said{why: "what a shell of Windows writes", args: "table lookup countries --file utf16.json"},
		said{why: "YAML", args: "table lookup countries --file lookup.yaml"},
		said{why: "a table", args: "table lookup countries --file countries.csv"},
		said{why: "a table with a slip", args: "table lookup countris --file good.json"},
		said{why: "a file that is right", args: "table lookup countries --file good.json"},
		said{why: "standard input that is right", args: "table lookup countries --file -", in: `{"match":[{"column":"country","field":"country"}],"outputs":[{"column":"code","field":"cc"}]}`},
		said{why: "its versions", args: "table lookup countries --versions"},
		said{why: "rows that differ by marks", args: "table import places.csv"},
		said{why: "a mode in which they are one", args: "table lookup places --file loose.json"},
		said{why: "what is to know of it now", args: "table check places"},
		said{why: "a version of it that is not there", args: "table publish countries --lookup countries=7"},
	)
	c.end("lookups")
}

func TestWordsOfRuleSets(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	c.with()
	for name, text := range map[string]string{
		"good.yaml":     "name: tiers\nrules:\n  - name: large\n    when: number(lead.employees) >= 1000\n    set: {tier: '\"A\"'}\ntests:\n  - name: a large one\n    lead: {employees: 5000}\n    want: {set: {tier: A}}\n",
		"failing.yaml":  "name: tiers\nrules:\n  - name: large\n    when: number(lead.employees) >= 1000\n    set: {tier: '\"A\"'}\ntests:\n  - name: a small one\n    lead: {employees: 5}\n    want: {set: {tier: A}}\n",
		"equals.yaml":   "name: tiers\nrules:\n  - name: large\n    when: lead.country = \"US\"\n    set: {tier: '\"A\"'}\n",
		"key.yaml":      "name: tiers\nrules:\n  - name: large\n    wen: lead.country == \"US\"\n    set: {tier: '\"A\"'}\n",
		"indent.yaml":   "name: tiers\nrules:\n  - name: large\n   when: lead.country == \"US\"\n",
		"tab.yaml":      "rules:\n\t- name: large\n",
		"noname.yaml":   "rules:\n  - name: large\n    when: 'true'\n    set: {tier: '\"A\"'}\n",
		"badname.yaml":  "name: My Tiers\nrules: []\n",
		"lookup.json":   `{"match":[{"column":"country","field":"country"}]}`,
		"countries.csv": "country,code\nGermany,DE\n",
		"book.xlsx":     "PK\x03\x04 and so on",
		"notes.txt":     "Large accounts go to Mary.\n",
		"empty.yaml":    "\n",
	} {
		c.file(name, text)
	}
	c.say(
		said{why: "no rule set yet", args: "rules list"},
		said{why: "a file that is not there", args: "rules apply nothing.yaml"},
		said{why: "a file with a slip in its name", args: "rules test godo.yaml"},
		said{why: "a lookup", args: "rules apply lookup.json"},
		said{why: "a table", args: "rules apply countries.csv"},
		said{why: "a workbook", args: "rules apply book.xlsx"},
		said{why: "a text", args: "rules apply notes.txt"},
		said{why: "an empty file", args: "rules apply empty.yaml"},
		said{why: "no name", args: "rules apply noname.yaml"},
		said{why: "a name for people", args: "rules apply badname.yaml"},
		said{why: "a line that is moved", args: "rules apply indent.yaml"},
		said{why: "a tab", args: "rules test tab.yaml"},
		said{why: "a key with a slip", args: "rules apply key.yaml"},
		said{why: "one = for two", args: "rules apply equals.yaml"},
		said{why: "a test that fails", args: "rules apply failing.yaml"},
		said{why: "a lead without quotes", args: "rules test good.yaml --lead {employees:5}"},
		said{why: "settings without quotes", args: "rules test good.yaml --flow {table:none}"},
		said{why: "a file that is right, tried", args: "rules test good.yaml"},
		said{why: "a file that is right", args: "rules apply good.yaml"},
		said{why: "a rule set with a slip", args: "rules show teirs"},
		said{why: "a rule set that nothing is like", args: "rules delete routing --yes"},
		said{why: "nothing was live before", args: "rules rollback tiers"},
		said{why: "nothing to restore", args: "rules restore tiers"},
	)
	c.end("rules")
}

func TestWordsOfSimulations(t *testing.T) {
	t.Parallel()
	c := newConversation(t)
	p := c.with()
	c.file("leads.csv", "id,country\n1,Germany\n2,Atlantis\n")
	c.file("noid.csv", "country\nGermany\n")
	c.file("twice.csv", "id,country\n1,Germany\n1,France\n")
	c.file("folder/x.csv", "id\n1\n")
	c.file("empty.csv", "\n")
	sample(p)
	c.say(
		said{why: "a file that is not there", args: "simulate --leads leds.csv"},
		said{why: "a folder", args: "simulate --leads folder"},
		said{why: "an empty file", args: "simulate --leads empty.csv"},
		said{why: "leads with the same id", args: "simulate --leads twice.csv"},
		said{why: "a table with a slip", args: "simulate --leads leads.csv -f table=country-code"},
		said{why: "a table that nothing is like", args: "simulate --leads leads.csv -f table=planets"},
		said{why: "a setting with a slip", args: "simulate --leads leads.csv -f tabel=country-codes"},
		said{why: "a setting that nothing is like", args: "simulate --leads leads.csv -f colour=red"},
		said{why: "several settings that are wrong", args: "simulate --leads leads.csv -f table=country-code -f onNoMatch=keeep -f keyName=contry"},
		said{why: "a setting without a value", args: "simulate --leads leads.csv -f table"},
		said{why: "a batch that is too large", args: "simulate --leads leads.csv --batch-size 5000"},
		said{why: "an address for callbacks that is none", args: "simulate --leads leads.csv --callback-url here"},
		said{why: "an address for callbacks that cannot be listened on", args: "simulate --leads leads.csv -f table=country-codes --listen 192.0.2.1:0"},
		said{why: "settings that are right", args: "simulate --leads leads.csv -f table=country-codes"},
		said{why: "leads from standard input", args: "simulate --leads - -f table=country-codes", in: "id,country\n1,Germany\n"},
		said{why: "an invocation that is not there", args: "invocations show 7"},
		said{why: "an invocation that is not there, to be sent again", args: "invocations replay 0123456789abcdef01234567"},
		said{why: "neither an invocation nor a time", args: "invocations replay"},
	)
	c.end("simulate")
}
