// Package spelling gives the keys under which a text is found however it is spelled.
package spelling
