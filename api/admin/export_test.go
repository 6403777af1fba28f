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

// HoldWalk takes the place of a walk over rows until done is called, where there is one.
func (a *API) HoldWalk() (done func(), ok bool) {
	select {
	case a.walks <- struct{}{}:
		return func() { <-a.walks }, true
	default:
		return nil, false
	}
}

// Names takes a list of columns apart.
var Names = names

// What the API makes of the types of the domain, for a test that nothing is forgotten.
var (
	DescribeLookup     = describeLookup
	SettingsOf         = settingsOf
	DescribeFinding    = describeFinding
	DescribeHistory    = describeHistory
	DescribeImported   = describeImported
	DescribeUsed       = describeUsed
	DescribeRows       = describeRows
	DescribeValues     = describeValues
	DescribeFound      = describeFound
	DescribePreview    = describePreview
	DescribeDraft      = describeDraft
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
