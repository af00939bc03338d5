#include "guard/gate.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "guard/echo.h"

namespace palabre::guard {
namespace {

constexpr std::size_t kChallengePlaces = std::size_t{1} << 16;
constexpr std::uint32_t kChallengeSeconds = 60;
constexpr Duration kTellInterval = std::chrono::seconds(1);
constexpr Duration kTellEchoInterval = std::chrono::minutes(1);

std::uint32_t seconds_of(Instant now) {
  return static_cast<std::uint32_t>(
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
}

/// Maps a source to a place in the table; unpredictable without the key.
std::size_t place_of(const Source& source, std::uint64_t key) {
  std::uint64_t hash = key;
  const auto add = [&](std::uint64_t part) {
    hash = (hash ^ part) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 29;
  };
  for (const std::uint8_t byte : source.ip.bytes) add(byte);
  add(source.port);
  return static_cast<std::size_t>(hash % kChallengePlaces);
}

bool is_ordinary_text(std::string_view bytes) {
  return !bytes.empty() && bytes.front() != '/' && !looks_like_ours(bytes);
}

}  // namespace

Gate::Gate(Policy policy, const Secrets& secrets, std::vector<std::uint16_t> own_ports)
    : policy_(std::move(policy)),
      challenge_(secrets.challenge_key),
      hash_key_(secrets.hash_key),
      own_ports_(std::move(own_ports)),
      slots_(policy_),
      challenges_(policy_.challenge_burst, policy_.challenges_per_second),
      challenged_until_(kChallengePlaces) {}

Reach Gate::reach_of(const Source& source) const {
  for (const OnLinkNetwork& link : links_) {
    if (link.interface != source.interface) continue;
    // Only this machine sends on loopback, whatever source address it uses.
    if (link.loopback) return Reach::kLoopback;
    if (link.network.contains(source.ip)) return Reach::kLan;
  }
  const bool listed =
      std::any_of(policy_.trusted.begin(), policy_.trusted.end(),
                  [&](const Network& network) { return network.contains(source.ip); });
  return listed ? Reach::kLan : Reach::kPublic;
}

bool Gate::admits_member(const Source& source) {
  if (policy_.members == Members::kAll || reach_of(source) != Reach::kPublic) return true;
  ++members_turned_away_;
  return false;
}

bool Gate::is_exempt(const Source& source, Reach reach) const {
  if (reach == Reach::kLoopback && policy_.exempt_loopback) return true;
  return std::any_of(policy_.exempt.begin(), policy_.exempt.end(),
                     [&](const Network& network) { return network.contains(source.ip); });
}

std::optional<Cause> Gate::reason_to_drop(const Visitor& visitor, Reach reach, Instant now) {
  const Source& source = visitor.source;
  if (is_banned(source.ip, now)) return Cause::kBanned;
  if (source.port == 0) return Cause::kReflectorPort;  // port 0 cannot be answered
  if (reach != Reach::kLoopback && is_reflector_port(source.port)) return Cause::kReflectorPort;
  // On loopback too: a datagram forged with our own address would make the server its own guest.
  if (std::find(own_ports_.begin(), own_ports_.end(), source.port) != own_ports_.end()) {
    return Cause::kOwnPort;
  }
  if (looks_like_ours(visitor.bytes)) return Cause::kLooksLikeOurs;
  if (visitor.gets_acks && looks_like_an_acknowledgement(visitor.bytes)) {
    return Cause::kLooksLikeOurs;
  }
  return std::nullopt;
}

Gate::Drop Gate::drop(Cause cause, bool tell) {
  drops_.count(cause);
  return Drop{cause, tell};
}

Gate::Admission Gate::admit(const Visitor& visitor, Instant now) {
  forget_who_came_to_rest(now);
  const Reach reach = reach_of(visitor.source);
  if (const auto cause = reason_to_drop(visitor, reach, now)) return drop(*cause);
  if (visitor.bytes.empty()) return drop(Cause::kEmpty);
  if (policy_.guests == Guests::kNone) return drop(Cause::kNobodyMayEnter);
  if (reach == Reach::kPublic) return admit_public(visitor, now);
  return find_place(visitor, reach, false, now);
}

Gate::Admission Gate::admit_public(const Visitor& visitor, Instant now) {
  if (policy_.guests == Guests::kLan) return drop(Cause::kPublic);
  if (challenge_.is_met(visitor.source, visitor.bytes, now)) {
    return find_place(visitor, Reach::kPublic, true, now);
  }
  drops_.count(Cause::kNoCodeYet);
  const std::string line = challenge_.line(visitor.source, now);
  if (visitor.bytes.size() < line.size() || !may_challenge(visitor.source, now)) {
    return Drop{Cause::kNoCodeYet};
  }
  return Answer{line};
}

bool Gate::may_challenge(const Source& source, Instant now) {
  std::uint32_t& until = challenged_until_[place_of(source, hash_key_)];
  const std::uint32_t second = seconds_of(now);
  if (second < until || !challenges_.take(now)) return false;
  until = second + kChallengeSeconds;
  return true;
}

Gate::Admission Gate::find_place(const Visitor& visitor, Reach reach, bool by_code, Instant now) {
  if (const auto back = resting_.find({visitor.source.ip, visitor.source.port});
      back != resting_.end()) {
    if (!takes_pace(guests_.at(back->second), now)) return drop(Cause::kTooFast);
    return Enrol{std::nullopt, by_code};  // it still has its place
  }
  const std::size_t unseated = guests_.size() - slots_.size();
  const GuestSlots::Place place = is_exempt(visitor.source, reach)
                                      ? slots_.find_room(unseated, now)
                                      : slots_.find_place(visitor.source.ip, unseated, now);
  if (!place.full) {
    std::optional<GuestSlots::Id> evict = place.give_away;
    if (evict && guests_.at(*evict).gone) {
      forget(*evict);
      evict.reset();
    }
    if (evict) guests_.at(*evict).evicted = true;
    return Enrol{evict, by_code};
  }
  constexpr std::array<Cause, 3> kCauses{Cause::kIpFull, Cause::kNeighbourhoodFull,
                                         Cause::kAllFull};
  const Cause cause = kCauses.at(static_cast<std::size_t>(*place.full));
  drops_.count(cause);
  // No refusal to public sources: the code proves that they receive datagrams, not that they want
  // ours.
  if (reach == Reach::kPublic) return Drop{cause};
  return Refuse{cause};
}

void Gate::enrolled(GuestSlots::Id id, const Source& source, bool by_code, Instant now) {
  const Reach reach = reach_of(source);
  const bool exempt = is_exempt(source, reach);
  Guest guest{.ip = source.ip,
              .port = source.port,
              .reach = reach,
              .exempt = exempt,
              .pace = Bucket(rate_of(reach)),
              .told = {}};
  if (const auto back = resting_.find({source.ip, source.port}); back != resting_.end()) {
    const GuestSlots::Id before = back->second;
    guest.pace = guests_.at(before).pace;
    guest.told = guests_.at(before).told;
    forget(before);
  }
  guests_.emplace(id, guest);
  if (!exempt) slots_.take_place(id, source.ip, by_code, now);
}

void Gate::gone(GuestSlots::Id id) {
  const auto found = guests_.find(id);
  if (found == guests_.end()) return;
  Guest& guest = found->second;
  if (guest.exempt || guest.evicted) return forget(id);
  guest.gone = true;
  resting_[{guest.ip, guest.port}] = id;
  at_rest_.emplace(guest.pace.full_at(), id);
}

void Gate::forget(GuestSlots::Id id) {
  const Guest& guest = guests_.at(id);
  const auto resting = resting_.find({guest.ip, guest.port});
  if (resting != resting_.end() && resting->second == id) resting_.erase(resting);
  slots_.leave(id);
  guests_.erase(id);
}

void Gate::forget_who_came_to_rest(Instant now) {
  while (!at_rest_.empty() && at_rest_.begin()->first <= now) {
    const GuestSlots::Id id = at_rest_.begin()->second;
    at_rest_.erase(at_rest_.begin());
    const auto guest = guests_.find(id);
    if (guest == guests_.end()) continue;  // it returned
    if (const Instant full = guest->second.pace.full_at(); full > now) {
      at_rest_.emplace(full, id);  // it sent another datagram in the meantime
    } else {
      forget(id);
    }
  }
}

void Gate::forget_what_is_over(Instant now) { bans_.forget_what_is_over(now); }

Gate::Hearing Gate::hear(GuestSlots::Id id, const Visitor& visitor, Instant now) {
  Guest& guest = guests_.at(id);
  // A guest's address forged from outside gets no further than a stranger's.
  if (reach_of(visitor.source) > guest.reach) return drop(Cause::kWrongWay);
  if (const auto cause = reason_to_drop(visitor, guest.reach, now)) {
    // People paste lines of a chat, and need to know why they were dropped. A machine that mirrors
    // everything has never sent anything else.
    const bool person =
        *cause == Cause::kLooksLikeOurs && guest.has_talked && guest.reach != Reach::kPublic;
    const bool tell = person && (!told_of_echo_ || now - *told_of_echo_ >= kTellEchoInterval);
    if (tell) told_of_echo_ = now;
    return drop(*cause, tell);
  }
  if (!guest.exempt) {
    slots_.heard(id, now);
    if (!takes_pace(guest, now)) return drop(Cause::kTooFast, may_tell(id, now));
  }
  guest.has_talked = guest.has_talked || is_ordinary_text(visitor.bytes);
  return Pass{};
}

/// The pace of one guest.
Rate Gate::rate_of(Reach reach) const {
  return {policy_.burst, reach == Reach::kPublic ? policy_.public_per_second : policy_.per_second};
}

/// Takes a token of the guest, of its address and of its network, or none.
bool Gate::takes_pace(Guest& guest, Instant now) {
  // First: a guest that floods then costs no look-up in the tables.
  if (!guest.pace.has(1, now)) return false;
  const Rate rate = rate_of(guest.reach);
  Bucket& address = addresses_.of(Network::around(guest.ip, 32, 64),
                                  rate.times(policy_.posts.address_times), now);
  Bucket& network =
      networks_.of(Network::around(guest.ip, 24, 56), rate.times(policy_.posts.network_times), now);
  if (!address.has(1, now) || !network.has(1, now)) return false;
  return guest.pace.take(now) && address.take(now) && network.take(now);
}

std::size_t Gate::within_pace(GuestSlots::Id id, std::size_t requests, Instant now) {
  Guest& guest = guests_.at(id);
  if (guest.exempt || requests == 0) return requests;
  std::size_t within = 1;
  while (within < requests && takes_pace(guest, now)) ++within;
  for (std::size_t i = within; i < requests; ++i) drops_.count(Cause::kTooFast);
  return within;
}

bool Gate::may_tell(GuestSlots::Id id, Instant now) {
  std::optional<Instant>& told = guests_.at(id).told;
  if (told && now - *told < kTellInterval) return false;
  told = now;
  return true;
}

}  // namespace palabre::guard
