package m365

import "slices"

// ExchangeVersion names a release of Exchange.
type ExchangeVersion string

// The releases that can be simulated. The schema of 2010_SP2 is SP3's, too.
const (
	Exchange2007SP1 ExchangeVersion = "2007_SP1"
	Exchange2010SP2 ExchangeVersion = "2010_SP2"
	Exchange2013SP1 ExchangeVersion = "2013_SP1"
	Exchange2016    ExchangeVersion = "2016"
	Exchange2019    ExchangeVersion = "2019"
	ExchangeSE      ExchangeVersion = "SE"
)

// ExchangeVersions are all of them, oldest first.
func ExchangeVersions() []ExchangeVersion {
	return []ExchangeVersion{Exchange2007SP1, Exchange2010SP2, Exchange2013SP1, Exchange2016, Exchange2019, ExchangeSE}
}

// ewsSchema is a version of Exchange's schema: its place among ewsSchemas.
type ewsSchema int

// ewsSchemas are what RequestServerVersion may say, oldest first.
var ewsSchemas = []string{
	"Exchange2007", "Exchange2007_SP1", "Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2", "Exchange2013", "Exchange2013_SP1",
	"Exchange2015", "Exchange2016", "V2015_10_05", "V2016_01_06", "V2016_04_13", "V2016_07_13", "V2016_10_10", "V2017_01_07",
	"V2017_04_14", "V2017_07_11",
}

// The schemas that something begins with.
const (
	schema2007     ewsSchema = 0
	schema2007SP1  ewsSchema = 1
	schema2010     ewsSchema = 2
	schema2010SP1  ewsSchema = 3
	schema2010SP2  ewsSchema = 4
	schema2013     ewsSchema = 5
	schema2013SP1  ewsSchema = 6
	schema2016     ewsSchema = 8
	schemaV2017_04 ewsSchema = 15
	schemaV2017_07 ewsSchema = 16
)

// release is how a version of Exchange differs from the others.
type release struct {
	build       [4]string // of ServerVersionInfo
	name        string    // its attribute Version; 2007 has none
	schema      ewsSchema // the newest it speaks
	soap        string    // the prefix of SOAP's namespace
	info        string    // … and of ServerVersionInfo's
	offsets     bool      // times of availability carry their offset
	elsewhere   bool      // knows WorkingElsewhere; without, digit 4 is NoData
	badVersion  string    // the code for a RequestServerVersion it does not know
	private     private   // what a reviewer sees of private items
	touching    bool      // CalendarView shows what ends as it begins
	concurrency int       // calls of an account at once; 0 = as many as it likes
	hanging     int       // … of which may stream
}

// private is what a reader without ViewPrivateItems sees of a private item.
type private int

const (
	privateHidden private = iota // nothing
	privateShown                 // everything
	privateMasked                // that there is one
)

var releases = map[ExchangeVersion]release{
	Exchange2007SP1: {
		build: [4]string{"8", "1", "240", "5"}, schema: schema2007SP1, soap: "soap", info: "t", offsets: true,
		badVersion: "ErrorSchemaValidation", private: privateHidden,
	},
	Exchange2010SP2: {
		build: [4]string{"14", "2", "247", "5"}, name: "Exchange2010_SP2", schema: schema2010SP2, soap: "s", info: "h",
		badVersion: "ErrorInvalidRequest", private: privateShown, concurrency: 10,
	},
	Exchange2013SP1: {
		build: [4]string{"15", "0", "847", "32"}, name: "V2_8", schema: schema2013SP1, soap: "s", info: "h", elsewhere: true, touching: true,
		badVersion: "ErrorInvalidServerVersion", private: privateShown, concurrency: 27, hanging: 3,
	},
	Exchange2016: {
		build: [4]string{"15", "1", "2507", "6"}, name: "V2017_04_14", schema: schemaV2017_04, soap: "s", info: "h", elsewhere: true, touching: true,
		badVersion: "ErrorInvalidServerVersion", private: privateMasked, concurrency: 27, hanging: 10,
	},
	Exchange2019: {
		build: [4]string{"15", "2", "1748", "10"}, name: "V2017_07_11", schema: schemaV2017_07, soap: "s", info: "h", elsewhere: true, touching: true,
		badVersion: "ErrorInvalidServerVersion", private: privateMasked, concurrency: 27, hanging: 10,
	},
	ExchangeSE: {
		build: [4]string{"15", "2", "2562", "17"}, name: "V2017_07_11", schema: schemaV2017_07, soap: "s", info: "h", elsewhere: true, touching: true,
		badVersion: "ErrorInvalidServerVersion", private: privateMasked, concurrency: 27, hanging: 10,
	},
}

// findLimit is how many items FindItem answers with: 2007 has no such policy.
func (r *release) findLimit(policy int) int {
	if r.schema < schema2010 {
		return 1 << 30
	}
	return policy
}

// schemaNamed is the schema that RequestServerVersion names; false where this
// server does not know it.
func (r *release) schemaNamed(name string) (ewsSchema, bool) {
	if name == "Exchange2019" { // in no published schema, but clients send it and are answered
		name = "V2017_07_11"
	}
	i := ewsSchema(slices.Index(ewsSchemas, name))
	return i, i >= 0 && i <= r.schema
}
