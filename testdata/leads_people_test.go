package testdata_test

// A homeland is where a lead comes from: what its forms call the country, and
// how names, states, postal codes and phone numbers look there.
type homeland struct {
	weight     int
	code       string   // alpha-2, which the tidy spellings must lead to
	spellings  []string // tidy ones first come out most often
	states     []place
	postal     string // # is a digit, @ a letter; used where the place has no prefix
	phone      string // numbers that no one is given, where the country has such a range
	first      []string
	last       []string
	mailHouses []string // free and provider domains
}

// A place is a state or a region in the spellings that people use, and the
// pattern of its postal codes.
type place struct {
	spellings []string
	postal    string
}

// homelands gives the pool that leads are drawn from.
func homelands() []homeland {
	everywhere := []string{"gmail.com", "gmail.com", "gmail.com", "outlook.com", "hotmail.com", "icloud.com", "yahoo.com", "proton.me"}
	with := func(more ...string) []string { return append(append([]string(nil), everywhere...), more...) }
	return []homeland{
		{
			weight: 36, code: "US", phone: "+1 2## 555 01##", postal: "#####",
			spellings: []string{"United States", "US", "USA", "U.S.", "U.S.A.", "United States of America", "America", "Estados Unidos"},
			states: []place{
				{[]string{"CA", "California", "Calif."}, "94###"},
				{[]string{"NY", "New York", "N.Y."}, "100##"},
				{[]string{"TX", "Texas"}, "787##"},
				{[]string{"MA", "Massachusetts"}, "021##"},
				{[]string{"NJ", "New Jersey"}, "070##"},
				{[]string{"CT", "Connecticut"}, "061##"},
				{[]string{"ME", "Maine"}, "041##"},
				{[]string{"FL", "Florida"}, "331##"},
				{[]string{"IL", "Illinois"}, "606##"},
				{[]string{"WA", "Washington"}, "981##"},
				{[]string{"OR", "Oregon"}, "972##"},
				{[]string{"CO", "Colorado"}, "802##"},
				{[]string{"GA", "Georgia"}, "303##"},
				{[]string{"OH", "Ohio"}, "432##"},
				{[]string{"PA", "Pennsylvania"}, "191##"},
				{[]string{"DC", "District of Columbia", "Washington, D.C."}, "200##"},
				{[]string{"PR", "Puerto Rico"}, "009##"},
				{[]string{"Cascadia", "n/a", "Out of state"}, "97###"},
			},
			first:      []string{"Ada", "Marcus", "Delia", "Theo", "Rosalind", "Jamal", "Ingrid", "Walt", "Tamsin", "Eli", "Noor", "Beatrix", "Cy", "Maeve", "Darnell", "Lupe"},
			last:       []string{"Quimby", "O'Hallan", "Thackeray", "Null", "Vandermeer", "Oakhurst", "St. Clair", "Pruitt-Lowe", "Abernath", "Castellan", "Winterbourne", "Zabriske", "Delacroix", "McAllan", "Yates", "Brightwater"},
			mailHouses: with("aol.com", "comcast.net", "verizon.net", "mailinator.com"),
		},
		{
			weight: 8, code: "CA", phone: "+1 416 555 01##", postal: "K#@ #@#",
			spellings: []string{"Canada", "CA", "CAN", "CANADA"},
			states: []place{
				{[]string{"ON", "Ontario"}, "M#@ #@#"},
				{[]string{"QC", "Québec", "Quebec"}, "H#@ #@#"},
				{[]string{"BC", "British Columbia", "B.C."}, "V#@ #@#"},
				{[]string{"AB", "Alberta"}, "T#@ #@#"},
				{[]string{"NS", "Nova Scotia"}, "B#@ #@#"},
				{[]string{"PEI", "Prince Edward Island"}, "C#@ #@#"},
			},
			first:      []string{"Élise", "Gordie", "Marguerite", "Angus", "Siobhán", "Luc", "Aiyana", "Desmond"},
			last:       []string{"Tremblais", "MacAskill", "Beauchêne", "Fortin-Roy", "Kowalchuk", "Singh Gill", "L'Abbé", "Northcote"},
			mailHouses: with("yahoo.ca", "shaw.ca", "rogers.com", "videotron.ca"),
		},
		{
			weight: 9, code: "DE", phone: "+49 30 23125 ###", postal: "#####",
			spellings:  []string{"Germany", "Deutschland", "DE", "DEU", "BRD", "Federal Republic of Germany"},
			states:     []place{{[]string{"Sachsen", "SN"}, "010##"}, {[]string{"Bayern", "Bavaria", "BY"}, "80###"}, {[]string{"Berlin"}, "10###"}, {[]string{"Nordrhein-Westfalen", "NRW"}, "50###"}, {[]string{"Hamburg", "HH"}, "20###"}},
			first:      []string{"Jürgen", "Käthe", "Björn", "Friederike", "Sören", "Anneliese", "Rüdiger", "Elif"},
			last:       []string{"Großmann-Weiß", "Öhlschläger", "Müllerschön", "von der Aue", "Straßner", "Yıldırım", "Köttbusch", "Lindenau"},
			mailHouses: with("gmx.de", "web.de", "t-online.de", "posteo.de", "freenet.de"),
		},
		{
			weight: 8, code: "GB", phone: "+44 20 7946 0###", postal: "@@# #@@",
			spellings:  []string{"United Kingdom", "UK", "GB", "Great Britain", "England", "Scotland", "U.K.", "Wales"},
			states:     []place{{[]string{"Greater London", "London"}, "SW# #@@"}, {[]string{"West Midlands"}, "B## #@@"}, {[]string{"Lanarkshire"}, "G## #@@"}},
			first:      []string{"Imogen", "Alistair", "Priyanka", "Rhys", "Philippa", "Kwame", "Eluned", "Barnaby"},
			last:       []string{"Featherstone-Hale", "Ap Gwilym", "Okonjo", "Thistlewood", "Brackenridge", "O'Dowd", "Pemberley", "Chaudhrey"},
			mailHouses: with("hotmail.co.uk", "btinternet.com", "yahoo.co.uk", "sky.com"),
		},
		{
			weight: 6, code: "FR", phone: "+33 1 99 00 ## ##", postal: "#####",
			spellings:  []string{"France", "FR", "FRA", "République française", "FRANCE"},
			states:     []place{{[]string{"Île-de-France", "Ile de France"}, "75###"}, {[]string{"Provence-Alpes-Côte d'Azur", "PACA"}, "06###"}, {[]string{"Bretagne"}, "35###"}},
			first:      []string{"Zoé", "Thibault", "Aurélie", "François", "Héloïse", "Bastien", "Maëlys", "Anaïs"},
			last:       []string{"Lefèvre-Dumas", "D'Aubigné", "Çelikbas", "Montbrézieux", "Guérin", "Le Goffic", "Benaïm", "Saint-Loup"},
			mailHouses: with("orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "yopmail.com"),
		},
		{
			weight: 4, code: "ES", phone: "+34 900 555 0##", postal: "0####",
			spellings:  []string{"Spain", "España", "ES", "Espana", "Reino de España"},
			states:     []place{{[]string{"Barcelona", "Cataluña", "Catalunya"}, "080##"}, {[]string{"Madrid"}, "280##"}, {[]string{"Álava"}, "010##"}},
			first:      []string{"Íñigo", "Nuria", "Begoña", "Álvaro", "Concepción", "Iker"},
			last:       []string{"Muñoz Ibáñez", "Etxeberriaga", "de la Cruz", "Núñez", "Peñalver", "Ferrándiz"},
			mailHouses: with("hotmail.es", "yahoo.es", "telefonica.net"),
		},
		{
			weight: 4, code: "BR", phone: "+55 11 5550 01##", postal: "0####-###",
			spellings:  []string{"Brasil", "Brazil", "BR", "BRA"},
			states:     []place{{[]string{"São Paulo", "SP", "Sao Paulo"}, "0131#-###"}, {[]string{"Rio de Janeiro", "RJ"}, "2####-###"}, {[]string{"Minas Gerais", "MG"}, "3####-###"}},
			first:      []string{"João", "Conceição", "Thaís", "Caetano", "Luíza", "Raimundo"},
			last:       []string{"Gonçalves d'Ávila", "Araújo", "Magalhães", "dos Anjos", "Brandão", "Figueirôa"},
			mailHouses: with("uol.com.br", "bol.com.br", "terra.com.br", "hotmail.com.br"),
		},
		{
			weight: 4, code: "JP", phone: "", postal: "###-####",
			spellings:  []string{"Japan", "日本", "JP", "JAPAN", "JPN"},
			states:     []place{{[]string{"Tokyo", "東京都"}, "10#-00##"}, {[]string{"Osaka", "大阪府"}, "53#-00##"}, {[]string{"Hokkaido", "北海道"}, "06#-00##"}},
			first:      []string{"Haruka", "Kenji", "Mizuki", "Shōta", "Aoi", "Ryō"},
			last:       []string{"Amatsuka", "Kurobane", "Ōtsuki", "Shirasawa", "Hoshizora", "Minakami"},
			mailHouses: with("yahoo.co.jp", "docomo.ne.jp", "nifty.com"),
		},
		{
			weight: 5, code: "IN", phone: "", postal: "5#####",
			spellings:  []string{"India", "IN", "IND", "भारत", "Bharat", "INDIA"},
			states:     []place{{[]string{"Karnataka", "KA"}, "5600##"}, {[]string{"Maharashtra", "MH"}, "4000##"}, {[]string{"Tamil Nadu", "TN"}, "6000##"}},
			first:      []string{"Ananya", "Vikram", "Lakshmi", "Rohan", "Meenakshi", "Farhan"},
			last:       []string{"Venkatasubban", "Deshpanday", "Iyengarh", "Bhattachary", "Rao", "Mirza"},
			mailHouses: with("rediffmail.com", "yahoo.co.in", "bsnl.in"),
		},
		{
			weight: 4, code: "IT", phone: "", postal: "00###",
			spellings:  []string{"Italy", "Italia", "IT", "ITA"},
			states:     []place{{[]string{"Lazio", "RM", "Roma"}, "001##"}, {[]string{"Lombardia", "MI"}, "201##"}},
			first:      []string{"Niccolò", "Ludovica", "Ettore", "Fiammetta", "Salvo", "Chiara"},
			last:       []string{"D'Orsenigo", "Malaspini", "Cabràs", "Del Vecchietto", "Sorgenti", "Lo Presto"},
			mailHouses: with("libero.it", "virgilio.it", "alice.it", "tiscali.it"),
		},
		{
			weight: 3, code: "NL", phone: "", postal: "#### @@",
			spellings:  []string{"Netherlands", "Nederland", "Holland", "NL", "The Netherlands"},
			states:     []place{{[]string{"Noord-Holland", "North Holland"}, "10## @@"}, {[]string{"Utrecht"}, "35## @@"}},
			first:      []string{"Sjoerd", "Maaike", "Daan", "Famke"},
			last:       []string{"van 't Hoff", "de Vriesendorp", "IJsbrandt", "ter Haarlem"},
			mailHouses: with("ziggo.nl", "kpnmail.nl", "hotmail.nl"),
		},
		{
			weight: 3, code: "PL", phone: "", postal: "0#-###",
			spellings:  []string{"Poland", "Polska", "PL", "POL"},
			states:     []place{{[]string{"Mazowieckie"}, "00-9##"}, {[]string{"Łódzkie"}, "90-0##"}},
			first:      []string{"Łucja", "Zbigniew", "Małgorzata", "Wojciech"},
			last:       []string{"Żółkiewicz", "Szczepanowska", "Brzęczyk", "Dąbrowiecki"},
			mailHouses: with("wp.pl", "o2.pl", "onet.pl", "interia.pl"),
		},
		{
			weight: 3, code: "AU", phone: "+61 2 5550 ####", postal: "####",
			spellings:  []string{"Australia", "AU", "AUS", "AUSTRALIA"},
			states:     []place{{[]string{"NSW", "New South Wales"}, "20##"}, {[]string{"VIC", "Victoria"}, "30##"}, {[]string{"NT", "Northern Territory"}, "08##"}},
			first:      []string{"Kirra", "Lachlan", "Matilda", "Bodhi"},
			last:       []string{"Wattlebury", "O'Rourke-Tan", "Nguyễn", "Coolamon"},
			mailHouses: with("bigpond.com", "optusnet.com.au", "yahoo.com.au"),
		},
		{
			weight: 3, code: "KR", phone: "", postal: "0####",
			spellings:  []string{"South Korea", "대한민국", "Korea, Republic of", "KR", "Republic of Korea", "Korea"},
			states:     []place{{[]string{"Seoul", "서울"}, "04###"}, {[]string{"Busan"}, "48###"}},
			first:      []string{"Ji-woo", "Min-jae", "Seo-yeon", "Hyun-ki"},
			last:       []string{"Namgoong", "Seonu", "Kwak", "Dokgo"},
			mailHouses: with("naver.com", "hanmail.net", "kakao.com"),
		},
		{
			weight: 3, code: "CH", phone: "", postal: "####",
			spellings:  []string{"Switzerland", "Schweiz", "Suisse", "CH", "Svizzera"},
			states:     []place{{[]string{"Zürich", "ZH", "Zurich"}, "80##"}, {[]string{"Genève", "Geneva"}, "12##"}},
			first:      []string{"Urs", "Rétho", "Vreni", "Loïc"},
			last:       []string{"Hüsliger", "Bärtschli", "Perret-Vaud", "Zgraggener"},
			mailHouses: with("bluewin.ch", "gmx.ch", "protonmail.ch"),
		},
		{
			weight: 3, code: "MX", phone: "", postal: "0####",
			spellings:  []string{"México", "Mexico", "MX", "Méjico", "MEX"},
			states:     []place{{[]string{"CDMX", "Ciudad de México"}, "06###"}, {[]string{"Jalisco"}, "44###"}},
			first:      []string{"Xóchitl", "Emiliano", "Guadalupe", "Ángel"},
			last:       []string{"Ibargüen", "Peña Lobo", "Zaragozano", "Tlapalcali"},
			mailHouses: with("prodigy.net.mx", "hotmail.com.mx", "yahoo.com.mx"),
		},
		{
			weight: 2, code: "CI", phone: "", postal: "",
			spellings:  []string{"Côte d'Ivoire", "Côte d’Ivoire", "Ivory Coast", "Cote d'Ivoire", "CI"},
			states:     []place{{[]string{"Abidjan"}, ""}},
			first:      []string{"Aya", "Kouassi", "Adjoua", "Yao"},
			last:       []string{"N'Dribo", "Kouadjo", "Bamballé", "Tanohin"},
			mailHouses: with("yahoo.fr"),
		},
		{
			weight: 2, code: "CZ", phone: "", postal: "1## 00",
			spellings:  []string{"Czechia", "Czech Republic", "Česko", "CZ", "Česká republika"},
			states:     []place{{[]string{"Praha", "Prague"}, "1#0 00"}},
			first:      []string{"Řehoř", "Zdeňka", "Ondřej", "Jiřina"},
			last:       []string{"Šťastnová", "Křižan", "Dvořáček", "Hlaváčková"},
			mailHouses: with("seznam.cz", "email.cz", "centrum.cz"),
		},
	}
}

// wrongCountries are answers that name no country of the table.
func wrongCountries() []string {
	return []string{
		"Cascadia", "n/a", "-", "N/A", "Unknown", "none", "EMEA", "Europe", "Other", "Untied States", "Germny", "Asia Pacific",
		"--- please select ---", "California", "x", "Yugoslavia", "Latin America", "Great Brittain", "0", "null",
	}
}

// otherCompanies are companies that company-tiers.csv does not know.
func otherCompanies() []string {
	return []string{
		"Lantern & Loom", "Grüne Wiese Software GmbH", "Penumbra Freight", "Cascadia Paperworks", "Odd Socket Electronics", "Mirabelle Textiles",
		"Société Troisponts", "Fjällräv Data AB", "Hinterlands Coffee Roasters", "Onyx Pelican LLC", "Patchwork Mutual", "Quayside Dental",
		"Rúnatal Games", "Sapwood Furniture", "Thirteen Gables", "Uplift Ropeways", "Voltaic Ferret", "Whistling Kettle Tea", "Xylem & Phloem",
		"Yonder Maps", "Zinnober Farben KG", "Aperçu Consulting", "Bräuhaus am Wehr", "Crater Lake Pickles", "Dulcimer Health, Inc.",
	}
}

// oddTitles are titles that job-titles.csv does not know.
func oddTitles() []string {
	return []string{
		"Chief Happiness Officer", "Ninja", "Growth Hacker", "n/a", "-", "Mr.", "Dr.", "Marketing guy", "boss", "Evangelist", "Senior Vice Something",
		"asdf", "CEO / Founder / Janitor", "Sr. Mgr, Mktg Ops", "Ingénieur principal en chef", "部長", "Head of Everything", "TBD",
	}
}

// industries are the choices of a form.
func industries() []string {
	return []string{
		"Software", "Manufacturing", "Healthcare", "Financial Services", "Retail", "Education", "Logistics", "Media", "Energy", "Insurance",
		"Food & Beverage", "Biotechnology", "Public Sector", "Telecommunications", "Consulting",
	}
}
