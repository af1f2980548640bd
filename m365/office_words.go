package m365

// What stands in calendars. Names of customers and places are made up.

var meetingWords = words(`Avstämning_leverans Planering Uppföljning Budgetgenomgång Projektmöte Kvalitetsmöte Genomgång_av_avtal Retro
	Sprintplanering Workshop Onboarding Riskgenomgång Styrgrupp Statusmöte Prognos Säljmöte Produktionsmöte Leverantörsmöte Förhandling
	Rekrytering Arbetsmiljörond Skyddsrond Beredning Verksamhetsplan Kampanjmöte Överlämning Driftmöte`)

var englishWords = words(`Status_update Sprint_review Steering_committee Vendor_call Planning Kick-off Roadmap Design_review Q&A
	Budget_review Onboarding Quarterly_review`)

var themes = words(`Ny_växel Intranätet Lagerflytten Årsbokslut ISO_9001 Hemsidan Kundportalen Mässan Elbilarna Lokalerna Mötesrummen GDPR
	Schemat Prislistan Reservdelar`)

var customers = words(`Norrkraft Sjöfrakt_i_Väst Berg_&_Dal_AB Östersjö_Bygg Lundqvists_Åkeri Hamnkranen Region_Mitt Ås_kommun Björkdala_Såg
	Ängens_Mejeri Kvarnbacken Fågelsjö_Energi Blå_Huset "Tre_Ekar" O'Neill_Nordic Åkerö_Möbler`)

var customerPlaces = words(`Storgatan_4,_Örebro Hamnvägen_12,_Göteborg Industrigatan_7,_Västerås Ågatan_31,_Linköping Kajen_2,_Malmö
	Skolgatan_9,_Umeå Torget_1,_Visby Bruksvägen_40,_Borås Järnvägsgatan_18,_Sundsvall`)

var fairs = words(`Mässa,_Göteborg Kurs:_ledarskap,_Uppsala Konferens_Visby Elmässan,_Stockholm Säljkonferens_Åre Utbildning_truckkort`)

var privateWords = words(`Läkare Läkare Tandläkare Vårdcentralen Sjukgymnast BVC Optiker Utvecklingssamtal_i_skolan Banken Bilen_på_service
	Frisör Massage`)

var confidentialWords = words(`Lönesamtal Medarbetarsamtal Rehabmöte Omorganisation Facklig_förhandling Uppsägning Förvärv_Projekt_Ekorre`)

var ownWords = words(`Fokustid Skriva_offert Rapport Månadsbokslut Förbereda_presentation Attestera Läsa_in_sig Resa_till_kund E-post
	Boka_inte_över`)

var busyWords = words(`Offertarbete Bokslut Löner Skriver_rapport Stör_ej`)

var holdWords = words(`Prel:_styrgrupp Prel._kundmöte Ev._workshop Reserverad_tid Hold:_board_meeting Kanske_lunch_med_revisorn`)

var externalWords = words(`Demo_av_ert_nya_system Offertgenomgång Uppföljning_avtal Supportärende Webbinarium Product_demo Contract_renewal
	Introduction_call`)

var outsiders = words(`lena.ek@partner.example tom.baker@partner.example saljare@leverantor.example j.visser@klant.example
	no-reply@webinar.example bokning@konsult.example`)

var floors = words(`Fikarummet Plan_3 Lunchrummet Matsalen Studion`)
