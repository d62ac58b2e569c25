-- Script for wrk: requests paths in turn, or one path as a crowd of guests; prints the 95th percentile.
-- BENCH_PATHS is a file with one path per line; BENCH_CROWD the number of guests; BENCH_FIRST the index to start at.
local file, many = os.getenv("BENCH_PATHS"), tonumber(os.getenv("BENCH_CROWD") or "0")
local at, requests = tonumber(os.getenv("BENCH_FIRST") or "0"), {}

local function guest(number) -- X-Forwarded-For and one of fifty browsers' User-Agents, as a proxy passes them on
  local forwarded = string.format("10.%d.%d.%d", math.floor(number / 62500) % 250, math.floor(number / 250) % 250, number % 250 + 1)
  local version = 100 + number % 50
  local agent = string.format("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", version, version)
  return forwarded, agent
end

function init()
  if file then
    for path in io.lines(file) do requests[#requests + 1] = wrk.format("GET", path) end
  end
  for number = at, at + many - 1 do
    wrk.headers["X-Forwarded-For"], wrk.headers["User-Agent"] = guest(number)
    requests[#requests + 1] = wrk.format()
  end
  if many > 0 then at = 0 end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(_, latency)
  io.write(string.format("     95%%  %.2fms\n", latency:percentile(95) / 1000))
end
