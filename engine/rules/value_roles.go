// Code generated from testdata/tables/free-mail.csv and role-addresses.csv by go test ./engine/rules -run RolesAndThrowAway -update; DO NOT EDIT.

package rules

import "strings"

// disposable says that the sample table free-mail calls a domain one of throw-away mailboxes.
func disposable(domain string) bool {
	switch domain {
	case "10minutemail.com", "10minutemail.net", "1secmail.com", "1secmail.net",
		"1secmail.org", "20minutemail.com", "anonbox.net", "armyspy.com",
		"burnermail.io", "byom.de", "cool.fr.nf", "crazymailing.com",
		"cuvox.de", "dayrep.com", "deadaddress.com", "discard.email",
		"discardmail.com", "discardmail.de", "dispostable.com", "dropmail.me",
		"einrot.com", "emailfake.com", "emailondeck.com", "emltmp.com",
		"fakeinbox.com", "fakemail.net", "fleckens.hu", "generator.email",
		"getnada.com", "grr.la", "guerrillamail.biz", "guerrillamail.com",
		"guerrillamail.de", "guerrillamail.net", "guerrillamail.org", "guerrillamailblock.com",
		"gustr.com", "harakirimail.com", "inboxkitten.com", "incognitomail.com",
		"jetable.com", "jetable.fr.nf", "jetable.org", "jourrapide.com",
		"kurzepost.de", "luxusmail.org", "mailcatch.com", "maildrop.cc",
		"mailexpire.com", "mailforspam.com", "mailinator.com", "mailinator.net",
		"mailnesia.com", "mailsac.com", "mintemail.com", "minuteinbox.com",
		"moakt.cc", "moakt.com", "mohmal.com", "muellmail.com",
		"mytemp.email", "nada.email", "nospam.ze.tc", "owlymail.com",
		"pokemail.net", "rhyta.com", "sharklasers.com", "spam4.me",
		"spambog.com", "spambog.de", "spamex.com", "spamgourmet.com",
		"superrito.com", "teleworm.us", "temp-mail.io", "temp-mail.org",
		"tempail.com", "tempinbox.com", "tempmail.net", "tempmail.plus",
		"tempmailo.com", "tempr.email", "throwawaymail.com", "trash-mail.com",
		"trashmail.com", "trashmail.de", "trashmail.me", "trashmail.net",
		"wegwerfmail.de", "wegwerfmail.net", "yopmail.com", "yopmail.fr",
		"yopmail.net":
		return true
	}
	return false
}

// role says that what stands in front of @, in lower case, is in the sample table
// role-addresses.
func role(local string) bool {
	switch local {
	case "info", "informations", "informacion", "informazioni",
		"kontakt", "contact", "contacts", "contactus",
		"contacto", "contato", "contatti", "contatto",
		"hello", "hi", "hallo", "hola",
		"bonjour", "enquiries", "enquiry", "inquiries",
		"inquiry", "mail", "post", "office",
		"general", "reception", "rezeption", "accueil",
		"recepcion", "welcome", "team", "all",
		"everyone", "sales", "salesteam", "insidesales",
		"vertrieb", "verkauf", "ventes", "vente",
		"commercial", "comercial", "ventas", "vendas",
		"vendite", "commerciale", "verkoop", "sprzedaz",
		"myynti", "orders", "order", "bestellung",
		"bestellungen", "pedidos", "commandes", "ordini",
		"quotes", "quote", "rfq", "offers",
		"angebote", "marketing", "newsletter", "newsletters",
		"news", "events", "event", "webinar",
		"webinars", "campaign", "campaigns", "social",
		"socialmedia", "advertising", "ads", "werbung",
		"press", "presse", "prensa", "stampa",
		"imprensa", "media", "pr", "publicrelations",
		"support", "help", "helpdesk", "servicedesk",
		"service", "services", "customerservice", "customercare",
		"kundenservice", "kundendienst", "care", "assistance",
		"asistencia", "soporte", "suporte", "atendimento",
		"supporto", "hilfe", "technik", "feedback",
		"billing", "invoice", "invoices", "invoicing",
		"accounts", "accounting", "accountspayable", "accountsreceivable",
		"finance", "payments", "payroll", "buchhaltung",
		"rechnung", "rechnungen", "rechnungswesen", "facturation",
		"comptabilite", "compta", "facturacion", "contabilidad",
		"administracion", "fatturazione", "amministrazione", "financeiro",
		"faktura", "purchasing", "procurement", "buying",
		"purchase", "einkauf", "achats", "compras",
		"acquisti", "inkoop", "zakupy", "hr",
		"jobs", "job", "careers", "career",
		"recruiting", "recruitment", "recruiter", "hiring",
		"people", "talent", "bewerbung", "bewerbungen",
		"karriere", "personal", "rh", "rrhh",
		"recrutement", "empleo", "emprego", "lavoro",
		"resume", "cv", "management", "ceo",
		"director", "direction", "direccion", "direzione",
		"geschaeftsfuehrung", "board", "president", "secretary",
		"sekretariat", "secretariat", "secretaria", "segreteria",
		"legal", "compliance", "privacy", "datenschutz",
		"dpo", "gdpr", "dsgvo", "copyright",
		"dmca", "it", "itsupport", "edv",
		"webmaster", "web", "www", "website",
		"hostmaster", "dns", "noc", "network",
		"sysadmin", "admin", "administrator", "administrateur",
		"root", "security", "infosec", "soc",
		"cert", "abuse", "postmaster", "ftp",
		"uucp", "usenet", "ops", "devops",
		"dev", "developer", "developers", "tech",
		"technical", "it-support", "partner", "partners",
		"partnership", "partnerships", "alliances", "channel",
		"reseller", "resellers", "affiliates", "affiliate",
		"investors", "list", "lists", "list-request",
		"subscribe", "unsubscribe", "majordomo", "listserv",
		"mailinglist", "mailman", "noreply", "no-reply",
		"no_reply", "no.reply", "donotreply", "do-not-reply",
		"do_not_reply", "nicht-antworten", "nichtantworten", "nepasrepondre",
		"ne-pas-repondre", "noresponder", "no-responder", "naoresponda",
		"notifications", "notification", "notify", "alert",
		"alerts", "mailer", "mailer-daemon", "daemon",
		"system", "automated", "auto", "autoreply",
		"bot", "robot", "robots", "cron",
		"undisclosed-recipients", "undisclosed", "nobody", "null",
		"devnull", "test", "tests", "testing",
		"tester", "test1", "demo", "example",
		"sample", "asdf", "qwerty", "spam",
		"nospam", "fake", "none", "noemail",
		"no-email", "unknown":
		return true
	}
	switch {
	case strings.HasPrefix(local, "info-"), strings.HasPrefix(local, "info."), strings.HasPrefix(local, "info+"), strings.HasPrefix(local, "sales-"),
		strings.HasPrefix(local, "sales."), strings.HasPrefix(local, "sales+"), strings.HasPrefix(local, "marketing-"), strings.HasPrefix(local, "marketing."),
		strings.HasPrefix(local, "marketing+"), strings.HasPrefix(local, "support-"), strings.HasPrefix(local, "support."), strings.HasPrefix(local, "support+"),
		strings.HasPrefix(local, "service-"), strings.HasPrefix(local, "service+"), strings.HasPrefix(local, "contact-"), strings.HasPrefix(local, "contact."),
		strings.HasPrefix(local, "contact+"), strings.HasPrefix(local, "hr-"), strings.HasPrefix(local, "hr+"), strings.HasPrefix(local, "jobs-"),
		strings.HasPrefix(local, "jobs."), strings.HasPrefix(local, "jobs+"), strings.HasPrefix(local, "billing-"), strings.HasPrefix(local, "billing."),
		strings.HasPrefix(local, "billing+"), strings.HasPrefix(local, "invoices-"), strings.HasPrefix(local, "invoices."), strings.HasPrefix(local, "invoices+"),
		strings.HasPrefix(local, "noreply-"), strings.HasPrefix(local, "noreply."), strings.HasPrefix(local, "noreply+"), strings.HasPrefix(local, "no-reply-"),
		strings.HasPrefix(local, "no-reply."), strings.HasPrefix(local, "no-reply+"), strings.HasPrefix(local, "newsletter-"), strings.HasPrefix(local, "newsletter."),
		strings.HasPrefix(local, "newsletter+"), strings.HasPrefix(local, "events-"), strings.HasPrefix(local, "events."), strings.HasPrefix(local, "events+"),
		strings.HasPrefix(local, "press-"), strings.HasPrefix(local, "press+"), strings.HasPrefix(local, "help-"), strings.HasPrefix(local, "help."),
		strings.HasPrefix(local, "help+"), strings.HasPrefix(local, "it-"), strings.HasPrefix(local, "it+"), strings.HasPrefix(local, "admin-"),
		strings.HasPrefix(local, "admin."), strings.HasPrefix(local, "admin+"), strings.HasSuffix(local, "-noreply"), strings.HasSuffix(local, ".noreply"),
		strings.HasSuffix(local, "-no-reply"), strings.HasSuffix(local, "_noreply"), strings.HasPrefix(local, "bounce"), strings.HasSuffix(local, "-bounces"),
		strings.Contains(local, "-bounces+"), strings.HasSuffix(local, "-request"), strings.HasPrefix(local, "owner-"), strings.HasSuffix(local, "-owner"),
		strings.HasSuffix(local, "-unsubscribe"), strings.HasSuffix(local, "-subscribe"), strings.HasPrefix(local, "unsubscribe-"), strings.HasSuffix(local, "-sales"),
		strings.HasSuffix(local, "-info"), strings.HasSuffix(local, "-support"), strings.HasSuffix(local, "-team"), strings.HasPrefix(local, "mailer-daemon"):
		return true
	}
	return false
}
