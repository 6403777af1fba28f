package marketo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// ErrNoCredentials is returned where the service asks for a kind of
// credentials that the options do not have.
var ErrNoCredentials = errors.New("no credentials of the kind that the service asks for")

// credentials put themselves into requests in the way of a security scheme.
type credentials struct {
	scheme SecurityScheme
	// key is the API key; user and password are basic's or the OAuth client's.
	key, user, password string
	client              *client

	mu      sync.Mutex // guards token and expires.
	token   string
	expires time.Time
}

// newCredentials takes what the scheme needs from the options.
func newCredentials(scheme SecurityScheme, o Options, c *client) (*credentials, error) {
	made := &credentials{scheme: scheme, client: c}
	pair := ""
	switch scheme.Type {
	case "apiKey":
		made.key = o.APIKey
		if made.key == "" {
			return nil, fmt.Errorf("%w: %s %s wants an API key", ErrNoCredentials, scheme.In, scheme.Key)
		}
		return made, nil
	case "http":
		pair = o.Basic
	case "oauth2":
		pair = o.OAuthClient
	}
	user, password, ok := strings.Cut(pair, ":")
	if !ok {
		return nil, fmt.Errorf("%w: %s wants two parts joined by a colon", ErrNoCredentials, scheme.Type)
	}
	made.user, made.password = user, password
	return made, nil
}

// wrong gives credentials of the same kind that no service can know.
func (c *credentials) wrong() *credentials {
	const never = "wrong-on-purpose"
	return &credentials{
		scheme: c.scheme, client: c.client, key: never, user: never, password: never,
		// The token is the part of OAuth that a request carries, so that is
		// what must be found out.
		token: never, expires: time.Now().Add(time.Hour),
	}
}

// apply puts the credentials into a request.
func (c *credentials) apply(r *http.Request) error {
	switch c.scheme.Type {
	case "apiKey":
		if c.scheme.In == "query" {
			query := r.URL.Query()
			query.Set(c.scheme.Key, c.key)
			r.URL.RawQuery = query.Encode()
			return nil
		}
		r.Header.Set(c.scheme.Key, c.key)
	case "http":
		r.SetBasicAuth(c.user, c.password)
	case "oauth2":
		token, err := c.bearer(r.Context())
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return nil
}

// bearer gives a token that is valid for some time yet, and fetches one where
// there is none.
func (c *credentials) bearer(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != "" && time.Now().Before(c.expires) {
		return c.token, nil
	}
	form := url.Values{}
	form.Set(orElse(c.scheme.GrantTypeName, "grant_type"), "client_credentials")
	form.Set(orElse(c.scheme.ClientIDName, "client_id"), c.user)
	form.Set(orElse(c.scheme.ClientSecretName, "client_secret"), c.password)
	answer, err := c.client.send(ctx, http.MethodPost, c.scheme.TokenURL, "application/x-www-form-urlencoded", []byte(form.Encode()), nil)
	if err != nil {
		return "", fmt.Errorf("get a token: %w", err)
	}
	if answer.status != http.StatusOK {
		return "", fmt.Errorf("get a token: the service answered %d %s", answer.status, answer.excerpt())
	}
	var grant struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	if err := json.Unmarshal(answer.body, &grant); err != nil {
		return "", fmt.Errorf("get a token: %w", err)
	}
	if grant.AccessToken == "" {
		return "", errors.New("get a token: the answer has no access_token")
	}
	if grant.ExpiresIn <= 0 || grant.ExpiresIn > 86_400 {
		grant.ExpiresIn = 3600
	}
	c.token = grant.AccessToken
	// A tenth is kept back for the way there.
	c.expires = time.Now().Add(time.Duration(grant.ExpiresIn) * time.Second * 9 / 10)
	return c.token, nil
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
