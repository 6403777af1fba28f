package admin

// HoldImport takes the place of an import until done is called, where there is one.
func (a *API) HoldImport() (done func(), ok bool) {
	select {
	case a.imports <- struct{}{}:
		return func() { <-a.imports }, true
	default:
		return nil, false
	}
}

// What the API makes of the types of the domain, for a test that nothing is forgotten.
var (
	DescribeLookup     = describeLookup
	SettingsOf         = settingsOf
	DescribeFinding    = describeFinding
	DescribeHistory    = describeHistory
	DescribeImported   = describeImported
	DescribeUsed       = describeUsed
	DescribeRows       = describeRows
	DescribeDiff       = describeDiff
	DescribeStats      = describeStats
	DescribeReport     = describeReport
	DescribeRuleDiff   = describeRuleSetDiff
	DescribeRuleTexts  = describeRuleSetVersions
	DescribeDeleted    = describeDeleted
	DescribeLookupText = describeLookupVersion
	DescribeResult     = describeResult
	DescribeInvocation = describeInvocation
	DescribeTable      = describeTable
	DescribeVersions   = describeVersions
	DescribeRuleSet    = describeRuleSet
)
