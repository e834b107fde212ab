/**
 * What several monitors do to the registry that they share, as scripts that Redis runs one at a time
 * (https://redis.io/docs/latest/develop/programmability/eval-intro/). All keys begin with the one that is passed, which has
 * a hash tag, so that they share a slot of a Redis Cluster:
 *
 *   :state      run (of the Redis server), wall and clock (ms), since (when learning began, ms of the clock), heardNone (1
 *               until the first heartbeat after nothing was known, with which it begins anew), revision
 *   :rooms      room id → engine id
 *   :engines    engine id → summary as JSON
 *   :heard      engine id → when it was heard last, ms of the clock
 *   :urls       URL → engine id, and :urlOf the other way round
 *   :joined     engine id → how many have ever been sent to it to join
 *   :revisions  engine id → revision of what is known of its rooms
 *   :draining   ids of engines that are to drain
 *   :held:<id>  ids of the rooms that the engine has reported
 *   :claims:<id> room id → when somebody was last sent there to join, ms of the clock
 *
 * Time is the registry's own clock, which goes on by what Redis' wall clock does between two calls, except when that is
 * set, or nobody has called for long: engines could not be heard then, and must not seem silent.
 *
 * A server that has started anew knows nothing, or what its last snapshot knew, which is worse: all is forgotten, and
 * learnt from the heartbeats. Hence each call says which run of the server its connection is to.
 */
import { createHash } from 'node:crypto';
import { CLAIM_LIFETIME, ENGINE_SILENCE, LEARNING_TIME } from '@kraken/protocol';

export interface Script {
  readonly source: string;
  /** By which the server knows it. */
  readonly sha1: string;
}

/** Longest time between two calls that counts as time, ms: monitors ask every second. */
const LEAP = 1_500;
/** The clock is written down no more often than this, ms, lest each question be a write. */
const CLOCK_RESOLUTION = 100;

const PROLOGUE = `
local base, run = KEYS[1], ARGV[1]
local state, rooms, engines, heard = base .. ':state', base .. ':rooms', base .. ':engines', base .. ':heard'
local urls, urlOf, joined = base .. ':urls', base .. ':urlOf', base .. ':joined'
local revisions, draining = base .. ':revisions', base .. ':draining'
local function held(id) return base .. ':held:' .. id end
local function claims(id) return base .. ':claims:' .. id end

local time = redis.call('TIME')
local wall = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', state, 'run', 'wall', 'clock', 'since', 'heardNone')
if known[1] ~= run then
  for _, id in ipairs(redis.call('HKEYS', engines)) do redis.call('UNLINK', held(id), claims(id)) end
  redis.call('UNLINK', rooms, engines, heard, urls, urlOf, joined, revisions, draining)
  redis.call('HSET', state, 'run', run, 'wall', wall, 'clock', 0, 'since', 0, 'heardNone', 1, 'revision', wall)
  known = { run, wall, 0, 0, '1' }
end
local passed = wall - known[2]
local step = passed
if passed < 0 or passed > ${LEAP} then step = 0 end
local clock = known[3] + step
if step ~= passed or step >= ${CLOCK_RESOLUTION} then redis.call('HSET', state, 'wall', wall, 'clock', clock) end
local learning = math.max(0, known[4] + ${LEARNING_TIME} - clock)

local function isAlive(id)
  local at = redis.call('HGET', heard, id)
  return at and clock - at < ${ENGINE_SILENCE}
end
local function revise(id)
  local revision = redis.call('HINCRBY', state, 'revision', 1)
  redis.call('HSET', revisions, id, revision)
  return revision
end
local function releaseRoom(rid)
  local id = redis.call('HGET', rooms, rid)
  if not id then return end
  redis.call('HDEL', rooms, rid)
  redis.call('ZREM', claims(id), rid)
  if redis.call('SREM', held(id), rid) == 1 then revise(id) end
end
local function freeIfOwn(id, rid)
  if redis.call('HGET', rooms, rid) == id then redis.call('HDEL', rooms, rid) end
end
local function releaseAll(id)
  for _, rid in ipairs(redis.call('SMEMBERS', held(id))) do freeIfOwn(id, rid) end
  for _, rid in ipairs(redis.call('ZRANGE', claims(id), 0, -1)) do freeIfOwn(id, rid) end
  redis.call('UNLINK', held(id), claims(id))
  revise(id)
end
local function forget(id)
  releaseAll(id)
  local url = redis.call('HGET', urlOf, id)
  if url and redis.call('HGET', urls, url) == id then redis.call('HDEL', urls, url) end
  for _, key in ipairs({ engines, heard, urlOf, joined, revisions }) do redis.call('HDEL', key, id) end
  redis.call('SREM', draining, id)
end
`;

/** ARGV: run, room. Answers ['found', engine] | ['learning'] | ['none'] | ['empty'] when there is no engine. */
export const FIND = script(`
local id = redis.call('HGET', rooms, ARGV[2])
if id and isAlive(id) then return { 'found', id } end
if learning > 0 then return { 'learning' } end
if redis.call('HLEN', heard) == 0 then return { 'empty' } end
return { 'none' }
`);

/**
 * ARGV: run, room, engine that gets the room when it has none (empty: nobody does), purpose. Answers ['found', engine] |
 * ['sent', engine] when that counts as a join | ['placed', engine] when it does and the room is new | ['learning'] | ['none'] | ['stale'] when that engine is not to be had any more.
 */
export const CLAIM = script(`
local rid, candidate = ARGV[2], ARGV[3]
local id = redis.call('HGET', rooms, rid)
local isNew = not (id and isAlive(id))
if isNew then
  if learning > 0 then return { 'learning' } end
  if candidate == '' then return { 'none' } end
  if not isAlive(candidate) or redis.call('SISMEMBER', draining, candidate) == 1 then return { 'stale' } end
  releaseRoom(rid)
  id = candidate
  redis.call('HSET', rooms, rid, id)
end
redis.call('ZADD', claims(id), clock, rid)
if not isNew and ARGV[4] ~= 'join' then return { 'found', id } end
redis.call('HINCRBY', joined, id, 1)
return { isNew and 'placed' or 'sent', id }
`);

/**
 * ARGV: run, engine, URL, summary, state, revision that the caller knows ('full' when it sends all rooms), number of rooms
 * added, those rooms, rooms removed. Answers ['heard', revision, whether to drain, ...lost rooms] | ['full'] when all rooms are
 * needed | ['taken'] when another living engine has the URL.
 */
export const HEARTBEAT = script(`
local id, url, revision, added = ARGV[2], ARGV[3], ARGV[6], tonumber(ARGV[7])
local opensRooms = ARGV[5] ~= 'draining'
local holder = redis.call('HGET', urls, url)
if holder and holder ~= id then
  if isAlive(holder) then return { 'taken' } end
  forget(holder)
end
if redis.call('HEXISTS', heard, id) == 1 and not isAlive(id) then releaseAll(id) end
if revision ~= 'full' and revision ~= redis.call('HGET', revisions, id) then return { 'full' } end

if known[5] == '1' then redis.call('HSET', state, 'since', clock, 'heardNone', 0) end
local function drop(rid)
  redis.call('SREM', held(id), rid)
  if not opensRooms or not redis.call('ZSCORE', claims(id), rid) then freeIfOwn(id, rid) end
end
if revision == 'full' then
  local reported = {}
  for i = 8, #ARGV do reported[ARGV[i]] = true end
  for _, rid in ipairs(redis.call('SMEMBERS', held(id))) do
    if not reported[rid] then drop(rid) end
  end
else
  for i = 8 + added, #ARGV do drop(ARGV[i]) end
end

local lost = {}
for i = 8, 7 + added do
  local rid = ARGV[i]
  local other = redis.call('HGET', rooms, rid)
  if other and other ~= id and isAlive(other) then
    lost[#lost + 1] = rid
  else
    if other ~= id then
      releaseRoom(rid)
      redis.call('HSET', rooms, rid, id)
    end
    redis.call('SADD', held(id), rid)
  end
end

local expired = opensRooms and clock - ${CLAIM_LIFETIME} or '+inf'
for _, rid in ipairs(redis.call('ZRANGEBYSCORE', claims(id), '-inf', expired)) do
  redis.call('ZREM', claims(id), rid)
  if redis.call('SISMEMBER', held(id), rid) == 0 then freeIfOwn(id, rid) end
end

redis.call('HSET', engines, id, ARGV[4])
redis.call('HSET', heard, id, clock)
redis.call('HSET', urls, url, id)
redis.call('HSET', urlOf, id, url)
local answer = { 'heard', revise(id), redis.call('SISMEMBER', draining, id) }
for _, rid in ipairs(lost) do answer[#answer + 1] = rid end
return answer
`);

/** ARGV: run, engine, least silence in ms. Answers whether the engine is gone, as far as is known, 0 or 1. */
export const REMOVE = script(`
local at = redis.call('HGET', heard, ARGV[2])
if at and clock - at < tonumber(ARGV[3]) then return 0 end
if not at and learning > 0 then return 0 end
if at then forget(ARGV[2]) end
return 1
`);

/** ARGV: run, room, engine that has refused it since it drains. Frees the room when that engine has it. */
export const RELEASE = script(`
if redis.call('HEXISTS', heard, ARGV[3]) == 1 then redis.call('SADD', draining, ARGV[3]) end
if redis.call('HGET', rooms, ARGV[2]) == ARGV[3] then releaseRoom(ARGV[2]) end
return 0
`);

/** ARGV: run, engine. Answers whether there is such an engine, 0 or 1. */
export const DRAIN = script(`
if redis.call('HEXISTS', heard, ARGV[2]) == 0 then return 0 end
redis.call('SADD', draining, ARGV[2])
return 1
`);

/**
 * Forgets engines that have been silent for too long; when that leaves none, it is as likely that they could not be
 * heard, and all is learnt anew. ARGV: run. Answers [clock, learning, number of rooms, engines, heard, joined, draining,
 * silent]: ms, and the keys' content.
 */
export const SURVEY = script(`
local silent, living = {}, 0
local all = redis.call('HGETALL', heard)
for i = 1, #all, 2 do
  if clock - all[i + 1] < ${ENGINE_SILENCE} then living = living + 1 else silent[#silent + 1] = all[i] end
end
for _, id in ipairs(silent) do forget(id) end
if #silent > 0 and living == 0 then
  redis.call('HSET', state, 'since', clock, 'heardNone', 1)
  learning = ${LEARNING_TIME}
end
return { clock, learning, redis.call('HLEN', rooms), redis.call('HGETALL', engines), redis.call('HGETALL', heard),
  redis.call('HGETALL', joined), redis.call('SMEMBERS', draining), silent }
`);

function script(body: string): Script {
  const source = PROLOGUE + body;
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}
