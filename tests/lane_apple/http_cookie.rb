# What fastlane does with cookies, by the library that it uses: http-cookie's jar, saved as YAML and loaded again.
#   ruby http_cookie.rb load FILE      the cookies in a file, as JSON
#   ruby http_cookie.rb env            those in FASTLANE_SESSION, read as fastlane reads it
#   ruby http_cookie.rb dump           a list of cookies, from JSON on standard input, as YAML
#   ruby http_cookie.rb save FILE      the same, through a jar, into a file
require "http-cookie"
require "json"
require "tempfile"
require "yaml"

def plain(cookie)
  nano = ->(time) { time && time.to_i * 1_000_000_000 + time.nsec }
  {
    name: cookie.name, value: cookie.value, domain: cookie.domain, for_domain: cookie.for_domain,
    path: cookie.path, secure: cookie.secure, httponly: cookie.httponly, max_age: cookie.max_age,
    expires: nano.(cookie.max_age ? nil : cookie.expires),
    created_at: nano.(cookie.created_at), accessed_at: nano.(cookie.accessed_at)
  }
end

def load_jar(path)
  jar = HTTP::CookieJar.new
  jar.load(path)
  puts JSON.generate(jar.to_a.map { |cookie| plain(cookie) })
end

def given
  time = ->(nanoseconds) { nanoseconds && Time.at(0, nanoseconds, :nanosecond) }
  JSON.parse($stdin.read, symbolize_names: true).map do |each|
    made, seen = each.delete(:created_at), each.delete(:accessed_at)
    seen = nil if seen == made # one object for both, as when a cookie has just come
    made = time.(made)
    each[:expires] = time.(each[:expires]) if each[:expires]
    cookie = HTTP::Cookie.new(**each.compact)
    cookie.created_at = made
    cookie.accessed_at = seen ? time.(seen) : made
    cookie
  end
end

case ARGV[0]
when "load" then load_jar(ARGV[1])
when "env"
  Tempfile.create("cookies") do |file|
    file.write(ENV.fetch("FASTLANE_SESSION").gsub("\\n", "\n"))
    file.flush
    load_jar(file.path)
  end
when "dump" then print YAML.dump(given)
when "save"
  jar = HTTP::CookieJar.new
  given.each { |cookie| jar.add(cookie) }
  jar.save(ARGV[1], :yaml, session: true)
end
