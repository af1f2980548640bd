package m365

import (
	"math/rand/v2"
	"strings"
)

// nation is where a person comes from: how he is called, where he sits and how
// his number is written.
type nation struct {
	code     string // ISO 3166-1 alpha-2
	country  string // as Entra's country field has it, in the local language
	language string
	calling  string // E.164 calling code
	area     []string
	mobile   []string
	given    []string
	surnames []string
	cities   []string
	streets  []string
	weight   int // of 100 people
	length   int // digits of a number without calling code and trunk prefix
}

var nations = []nation{
	{
		code: "SE", country: "Sverige", language: "sv-SE", calling: "46", weight: 56, length: 9,
		area: []string{"8", "31", "40", "18", "13", "60", "90", "498"}, mobile: []string{"70", "72", "73", "76", "79"},
		given: words(`Åsa Örjan Märta Göran Björn Håkan Jörgen Sören Gösta Åke Anna Erik Karin Lars Eva Per Kristina Mikael Ingrid
			Johan Birgitta Anders Marie Jan Elisabeth Fredrik Sofia Magnus Malin Oskar Elin Viktor Linnéa Hanna Ebba Alva Isak Maja
			Anna-Karin Karl-Erik Jan-Olof Ann-Sofie Sven-Göran Ulla-Britt Zlatan Fatima Ahmed Renée`),
		surnames: words(`Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jönsson
			Öberg Åberg Ängström Sjöberg Lindström Bergström Söderström Åkesson Öhman Hellström Björklund Nyström Wallén Norén
			Lindén Sandén Ståhl Löfgren Sjögren Håkansson Hägg Ek Wikström Byström Åström-Lund Nordin-Öst Haddad Yılmaz`),
		cities:  words(`Stockholm Göteborg Malmö Uppsala Linköping Sundsvall Umeå Visby Örebro Västerås Jönköping`),
		streets: words(`Storgatan Drottninggatan Järnvägsgatan Östra_Hamngatan Kungsgatan Åsögatan Vasagatan Ågatan`),
	},
	{
		code: "NL", country: "Nederland", language: "nl-NL", calling: "31", weight: 12, length: 9,
		area: []string{"20", "10", "30", "70", "40"}, mobile: []string{"6"},
		given: words(`Daan Sanne Joris Femke Bram Lieke Sjoerd Maaike Thijs Anouk Willem Marijke Pieter Noor Jan-Willem Anne-Fleur
			Renée Zoë Daniël Chloë`),
		surnames: words(`de_Vries van_den_Berg van_Dijk Bakker Janssen Visser Smit Meijer de_Boer Mulder de_Groot Bos Vos Peters
			Hendriks van_Leeuwen Dekker Brouwer van_'t_Hof 't_Hart van_der_Meer-Postma`),
		cities:  words(`Amsterdam Rotterdam Utrecht Den_Haag Eindhoven 's-Hertogenbosch`),
		streets: words(`Kerkstraat Dorpsstraat Prins_Hendrikkade Keizersgracht Stationsweg`),
	},
	{
		code: "DE", country: "Deutschland", language: "de-DE", calling: "49", weight: 12, length: 11,
		area: []string{"30", "40", "89", "221", "69"}, mobile: []string{"151", "160", "170", "176"},
		given: words(`Jürgen Jörg Günther Käthe Björn Sören Thomas Sabine Andreas Petra Stefan Claudia Wolfgang Monika Uwe Ute
			Karl-Heinz Hans-Jürgen Anne-Kathrin Lukas Leonie Finn Mia`),
		surnames: words(`Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Köhler König Böhm Jäger
			Groß Weiß Strauß Krämer Lüdenscheidt von_der_Heide Meyer-Landrut`),
		cities:  words(`Berlin Hamburg München Köln Frankfurt_am_Main Düsseldorf`),
		streets: words(`Hauptstraße Bahnhofstraße Königsallee Goethestraße Lindenweg`),
	},
	{
		code: "NO", country: "Norge", language: "nb-NO", calling: "47", weight: 10, length: 8,
		area: []string{"22", "55", "73", "51"}, mobile: []string{"90", "91", "95", "99", "41"},
		given: words(`Øystein Kåre Håkon Åse Bjørn Sølvi Ola Kari Nils Ingrid Marit Knut Solveig Trond Silje Eirik Anne-Lise Per-Arne
			Hege Tor`),
		surnames: words(`Hansen Johansen Olsen Larsen Andersen Nilsen Kristiansen Jørgensen Sørensen Bjørnstad Ødegård Ås Lønning
			Halvorsen Bråthen Strøm Sæther Hauge-Næss`),
		cities:  words(`Oslo Bergen Trondheim Stavanger Tromsø Ålesund`),
		streets: words(`Karl_Johans_gate Storgata Bryggen Kirkegata Skippergata`),
	},
	{
		code: "GB", country: "United Kingdom", language: "en-GB", calling: "44", weight: 10, length: 10,
		area: []string{"20", "161", "121", "131"}, mobile: []string{"7700", "7911", "7400"},
		given: words(`Oliver Amelia Harry Isla George Ava Noah Emily Jack Sophia Siobhán Seán Zoë Chloé Mary-Jane Begoña Íñigo
			Rhys Niamh Priya`),
		surnames: words(`Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright O'Connor O'Brien D'Arcy Smith-Jones
			Muñoz Ibáñez Brontë MacDonald Núñez-Clarke St_John`),
		cities:  words(`London Manchester Birmingham Edinburgh Leeds`),
		streets: words(`High_Street Station_Road Church_Lane King's_Road Baker_Street`),
	},
}

// words splits at white space; an underscore is a space inside a word.
func words(s string) []string {
	list := strings.Fields(s)
	for i := range list {
		list[i] = strings.ReplaceAll(list[i], "_", " ")
	}
	return list
}

func pickOne[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func pickNation(r *rand.Rand) *nation {
	n := r.IntN(100)
	for i := range nations {
		if n -= nations[i].weight; n < 0 {
			return &nations[i]
		}
	}
	return &nations[0]
}

var asciiFold = strings.NewReplacer(
	"å", "a", "ä", "a", "ö", "o", "ø", "o", "æ", "ae", "é", "e", "ë", "e", "è", "e", "ñ", "n", "ü", "u", "ß", "ss", "á", "a",
	"í", "i", "ï", "i", "ó", "o", "ú", "u", "ı", "i", "'", "", "’", "", " ", "",
)

// keepApostrophe leaves it in an address, which is allowed and trips people up.
var keepApostrophe = strings.NewReplacer("å", "a", "é", "e", " ", "")

// mailPart is how an administrator spells a name in an address.
func mailPart(given, surname string) string {
	return asciiFold.Replace(strings.ToLower(given)) + "." + asciiFold.Replace(strings.ToLower(surname))
}

func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

// department is a part of the company with the titles found in it.
type department struct {
	name   string
	titles []string
}

var departments = []department{
	{"Försäljning", words(`Säljare Säljchef Key_Account_Manager Innesäljare`)},
	{"Kundtjänst", words(`Kundtjänstmedarbetare Teamledare Supporttekniker`)},
	{"Växel & reception", words(`Receptionist Telefonist Växelansvarig`)},
	{"Ekonomi", words(`Ekonomiassistent Controller Redovisningsekonom Löneadministratör`)},
	{"HR", words(`HR-partner HR-chef Rekryterare`)},
	{"IT", words(`Systemadministratör IT-tekniker Utvecklare Nätverkstekniker`)},
	{"Lager", words(`Lagerarbetare Truckförare Lagerchef`)},
	{"Produktion", words(`Operatör Skiftledare Produktionstekniker Kvalitetsansvarig`)},
	{"Inköp", words(`Inköpare Strategisk_inköpare`)},
	{"Marknad", words(`Kommunikatör Marknadschef Art_Director`)},
	{"Ledning", words(`VD vVD Ekonomichef Chefsjurist`)},
	{"Verkstad & service", words(`Servicetekniker Verkstadschef Montör`)},
}
