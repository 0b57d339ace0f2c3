-- The requests of one measurement; what they did is printed as one line of JSON.
-- Arguments: what to ask for, and a token that no other measurement has.

-- What every browser says.
local browser = {
  ["Accept"] = "text/html,image/avif,image/webp,*/*;q=0.8",
  ["Accept-Encoding"] = "gzip, deflate, br, zstd",
  ["Accept-Language"] = "en-GB,en;q=0.9,fr;q=0.8",
}
for name, value in pairs(browser) do
  wrk.headers[name] = value
end

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

-- Never the same text twice, in any thread of any measurement.
local function new_word()
  made = made + 1
  return string.format("%s%02x%08x", token, number, made)
end

local function new_monster()
  local word = new_word()
  return wrk.format("GET", "/monster/" .. word .. string.rep("0", 64 - #word))
end

local function new_name()
  return wrk.format("GET", "/?name=Ada-" .. new_word())
end

local form = { ["Content-Type"] = "application/x-www-form-urlencoded" }
for name, value in pairs(browser) do
  form[name] = value
end

local function post()
  return wrk.format("POST", "/", form, "name=Ada-" .. new_word())
end

-- Of twenty requests: twelve kept monsters, four pages, two new names, a form and a new monster.
local function mixed()
  turn = (turn + 1) % 20
  if turn < 12 then
    return wrk.format("GET")
  elseif turn < 16 then
    return wrk.format("GET", "/")
  elseif turn < 18 then
    return new_name()
  elseif turn < 19 then
    return post()
  end
  return new_monster()
end

local changing = { new_monster = new_monster, new_name = new_name, post = post, mixed = mixed }

function init(arguments)
  made, turn = 0, 0
  token = arguments[2]
  -- Without a function wrk sends the address it was started with, again and again.
  request = changing[arguments[1]]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50": %.1f, "p99": %.1f, ' ..
    '"status": %d, "connect": %d, "read": %d, "write": %d, "timeout": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect, errors.read, errors.write, errors.timeout))
end
