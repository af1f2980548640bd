package activity

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/se"
)

// holiday is a day of the year on which offices of a country are closed, or close
// early.
type holiday struct {
	*cal.Holiday
	names map[string]string
	half  bool
}

func whole(h *cal.Holiday, sv, en string) holiday {
	return holiday{h, map[string]string{"sv": sv, "en": en}, false}
}

func half(h *cal.Holiday, sv, en string) holiday {
	return holiday{h, map[string]string{"sv": sv, "en": en}, true}
}

// on is a day of the year.
func on(m time.Month, day int) *cal.Holiday {
	return &cal.Holiday{Month: m, Day: day, Func: cal.CalcDayOfMonth}
}

// easter is so many days after Easter Sunday.
func easter(days int) *cal.Holiday {
	return &cal.Holiday{Offset: days, Func: cal.CalcEasterOffset}
}

// The evenings before Christmas and New Year are like a Saturday in Sweden by
// law; elsewhere offices use to close early.
var (
	christmasEve = on(time.December, 24)
	newYearsEve  = on(time.December, 31)
	// allSaintsEve is the Friday before Alla helgons dag.
	allSaintsEve = &cal.Holiday{Month: time.October, Day: 30, Offset: 1, Weekday: time.Friday, Func: cal.CalcWeekdayFrom}
	// liberation is a day off in the Netherlands every fifth year.
	liberation = &cal.Holiday{Func: func(_ *cal.Holiday, year int) time.Time {
		if year%5 != 0 {
			return time.Time{}
		}
		return nl.BevrijdingsDag.Func(nl.BevrijdingsDag, year)
	}}
)

// observed are the holidays of each country, as its offices keep them.
var observed = map[string][]holiday{
	"SE": {
		whole(se.Nyarsdagen, "Nyårsdagen", "New Year's Day"),
		half(on(time.January, 5), "Trettondagsafton", "Twelfth Night"),
		whole(se.TrettondedagJul, "Trettondedag jul", "Epiphany"),
		half(aa.MaundyThursday, "Skärtorsdagen", "Maundy Thursday"),
		whole(se.Langfredagen, "Långfredagen", "Good Friday"),
		whole(easter(-1), "Påskafton", "Holy Saturday"),
		whole(se.Paskdagen, "Påskdagen", "Easter Sunday"),
		whole(se.AnnandagPask, "Annandag påsk", "Easter Monday"),
		half(on(time.April, 30), "Valborgsmässoafton", "Walpurgis Night"),
		whole(se.ForstaMaj, "Första maj", "May Day"),
		whole(se.KristiHimmelfardsdag, "Kristi himmelsfärdsdag", "Ascension Day"),
		whole(se.Pingstdagen, "Pingstdagen", "Whit Sunday"),
		whole(se.Nationaldagen, "Sveriges nationaldag", "National Day of Sweden"),
		whole(se.Midsommarafton, "Midsommarafton", "Midsummer Eve"),
		whole(se.Midsommardagen, "Midsommardagen", "Midsummer Day"),
		half(allSaintsEve, "Allhelgonaafton", "All Saints' Eve"),
		whole(se.AllaHelgonsDag, "Alla helgons dag", "All Saints' Day"),
		whole(christmasEve, "Julafton", "Christmas Eve"),
		whole(se.Juldagen, "Juldagen", "Christmas Day"),
		whole(se.AnnandagJul, "Annandag jul", "Boxing Day"),
		whole(newYearsEve, "Nyårsafton", "New Year's Eve"),
	},
	"NO": {
		whole(no.FoersteNyttaarsdag, "Nyårsdagen", "New Year's Day"),
		half(easter(-4), "Onsdagen före skärtorsdag", "Wednesday before Easter"),
		whole(no.Skjaertorsdag, "Skärtorsdagen", "Maundy Thursday"),
		whole(no.Langfredag, "Långfredagen", "Good Friday"),
		whole(easter(0), "Påskdagen", "Easter Sunday"),
		whole(no.AndrePaaskedag, "Annandag påsk", "Easter Monday"),
		whole(no.Arbeiderenesdag, "Första maj", "Labour Day"),
		whole(no.Grunnlovsdag, "Norges nationaldag", "Constitution Day of Norway"),
		whole(no.Kristihimmelfartsdag, "Kristi himmelsfärdsdag", "Ascension Day"),
		whole(easter(49), "Pingstdagen", "Whit Sunday"),
		whole(no.AndrePinsedag, "Annandag pingst", "Whit Monday"),
		half(christmasEve, "Julafton", "Christmas Eve"),
		whole(no.FoersteJuledag, "Juldagen", "Christmas Day"),
		whole(no.AndreJuledag, "Annandag jul", "Boxing Day"),
		half(newYearsEve, "Nyårsafton", "New Year's Eve"),
	},
	"NL": {
		whole(nl.Nieuwjaar, "Nyårsdagen", "New Year's Day"),
		whole(nl.GoedeVrijdag, "Långfredagen", "Good Friday"),
		whole(nl.TweedePaasdag, "Annandag påsk", "Easter Monday"),
		whole(nl.Koningsdag, "Kungens dag", "King's Day"),
		whole(liberation, "Befrielsedagen", "Liberation Day"),
		whole(nl.Hemelvaart, "Kristi himmelsfärdsdag", "Ascension Day"),
		whole(nl.TweedePinksterDag, "Annandag pingst", "Whit Monday"),
		half(christmasEve, "Julafton", "Christmas Eve"),
		whole(nl.EersteKerstdag, "Juldagen", "Christmas Day"),
		whole(nl.TweedeKerstdag, "Annandag jul", "Boxing Day"),
		half(newYearsEve, "Nyårsafton", "New Year's Eve"),
	},
	"DE": { // those that all its states have
		whole(de.Neujahr, "Nyårsdagen", "New Year's Day"),
		whole(de.Karfreitag, "Långfredagen", "Good Friday"),
		whole(de.Ostermontag, "Annandag påsk", "Easter Monday"),
		whole(de.TagderArbeit, "Första maj", "Labour Day"),
		whole(de.ChristiHimmelfahrt, "Kristi himmelsfärdsdag", "Ascension Day"),
		whole(de.Pfingstmontag, "Annandag pingst", "Whit Monday"),
		whole(de.DeutschenEinheit, "Tyska enhetens dag", "Day of German Unity"),
		half(christmasEve, "Julafton", "Christmas Eve"),
		whole(de.Weihnachtstag, "Juldagen", "Christmas Day"),
		whole(de.ZweiterWeihnachtsfeiertag, "Annandag jul", "Boxing Day"),
		half(newYearsEve, "Nyårsafton", "New Year's Eve"),
	},
	"GB": { // those of England and Wales, with the days they are moved to
		whole(gb.NewYear, "Nyårsdagen", "New Year's Day"),
		whole(gb.GoodFriday, "Långfredagen", "Good Friday"),
		whole(gb.EasterMonday, "Annandag påsk", "Easter Monday"),
		whole(gb.EarlyMay, "Första måndagen i maj", "Early May bank holiday"),
		whole(gb.VEDay, "VE-dagen", "VE Day"),
		whole(gb.CoronationDay, "Kung Charles kröning", "Coronation of King Charles III"),
		whole(gb.SpringHoliday, "Sista måndagen i maj", "Spring bank holiday"),
		whole(gb.SpringHoliday2022, "Vårens bankhelgdag", "Spring bank holiday"),
		whole(gb.PlatinumJubilee, "Drottningens platinajubileum", "Platinum Jubilee bank holiday"),
		whole(gb.SummerHoliday, "Sista måndagen i augusti", "Summer bank holiday"),
		half(christmasEve, "Julafton", "Christmas Eve"),
		whole(gb.ChristmasDay, "Juldagen", "Christmas Day"),
		whole(gb.BoxingDay, "Annandag jul", "Boxing Day"),
		half(newYearsEve, "Nyårsafton", "New Year's Eve"),
	},
}
