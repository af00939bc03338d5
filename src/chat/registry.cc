#include "chat/registry.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <variant>

#include "chat/reservations.h"

namespace palabre::chat {
Registry::Proposed Registry::propose(const Record& record) {
  return std::visit([this](const auto& one) { return propose_one(one); }, record);
}

void Registry::withdraw(const Record& record) {
  std::visit([this](const auto& one) { release(one); }, record);
}

bool Registry::apply(const Record& record, Number number, WallTime at,
                     const std::optional<Network>& from) {
  return std::visit(
      [&](const auto& one) {
        release(one);
        if constexpr (std::is_same_v<decltype(one), const Decision&>) {
          return apply_decision(one, number, at);
        } else if constexpr (std::is_same_v<decltype(one), const NickBound&>) {
          return apply_one(one, at, from);
        } else if constexpr (std::is_same_v<decltype(one), const RoomFact&> ||
                             std::is_same_v<decltype(one), const RoomFounded&>) {
          return apply_one(one, at);
        } else if constexpr (std::is_same_v<decltype(one), const InviteMade&>) {
          return apply_one(one, number);
        } else {
          return apply_one(one);
        }
      },
      record);
}

std::vector<Fill> Registry::fills() const {
  return {{"members", members_.size(), limits_.members},
          {"invites", invites_.size(), limits_.invites},
          {"admissions to rooms", admissions_, limits_.admissions},
          {"rooms for two", directs_, limits_.directs},
          {"founders of rooms", founders_.size(), limits_.founders},
          {"expulsions", expelled_.size(), limits_.expulsions},
          {"decisions in force", decisions_.in_force().size(), Decisions::kMost}};
}

std::optional<Nick> Registry::nick_of(const MemberKey& key) const {
  const auto member = members_.find(key);
  if (member == members_.end() || member->second.nicks.empty()) return std::nullopt;
  return member->second.nicks.back();
}

std::optional<MemberKey> Registry::owner_of(const std::string& nick_key) const {
  for (const auto* owners : {&owners_, &owners_by_look_now_}) {
    if (const auto owner = owners->find(nick_key); owner != owners->end()) return *owner->second;
  }
  const auto pending = pending_nicks_.find(nick_key);
  return pending == pending_nicks_.end() ? std::nullopt : std::optional(pending->second.key);
}

std::optional<MemberKey> Registry::owner_of(const Nick& nick) const {
  const auto owner = owners_as_written_.find(nick.shown);
  return owner == owners_as_written_.end() ? owner_of(nick.key) : std::optional(*owner->second);
}

Registry::Binding Registry::binding(const MemberKey& key, const Nick& nick) const {
  if (const auto owner = owner_of(nick)) return *owner == key ? Binding::kOwn : Binding::kTaken;
  if (nicks_of(key) >= limits_.nicks_of_member) return Binding::kTooMany;
  return has_place_for(key) ? Binding::kFree : Binding::kFull;
}

Refusal Registry::why_not(const MemberKey& key, const Nick& nick) const {
  switch (binding(key, nick)) {
    case Binding::kTooMany:
      return TooManyNicks{limits_.nicks_of_member};
    case Binding::kFull:
      return NotRecorded{Trouble::kRegistryFull};
    default:
      return NickInUse{nick.shown};
  }
}

bool Registry::is_admitted(const MemberKey& key, const RoomName& room) const {
  const auto member = members_.find(key);
  return member != members_.end() &&
         std::any_of(member->second.rooms.begin(), member->second.rooms.end(),
                     [&](const RoomName* admitted) { return *admitted == room; });
}

bool Registry::has_admission(const MemberKey& key) const {
  const auto member = members_.find(key);
  return member != members_.end() && !member->second.rooms.empty();
}

Registry::InviteCheck Registry::check_invite(const InviteHash& hash, const MemberKey& key,
                                             WallTime now) const {
  using What = InviteCheck::What;
  const auto found = invites_.find(hash);
  if (found == invites_.end()) return {};
  const Invite& invite = found->second;
  const auto is = [&](What what) { return InviteCheck{what, *invite.room}; };
  if (is_admitted(key, *invite.room)) return is(What::kAdmitted);
  if (invite.is_revoked || is_from_before_expulsion(invite, key)) return is(What::kRevoked);
  if (invite.expiry.is_over(now)) return is(What::kExpired);
  if (is_spent(hash, invite, key)) return is(What::kSpent);
  return is(may_enter_more(key) ? What::kGood : What::kFull);
}

std::optional<InviteHash> Registry::find_invite(const InviteHash& beginning,
                                                std::size_t bytes) const {
  InviteHash first{};
  const auto count = static_cast<std::ptrdiff_t>(std::min(bytes, first.bytes.size()));
  std::copy_n(beginning.bytes.begin(), count, first.bytes.begin());
  const auto begins_so = [&](auto place) {
    return place != invites_.end() &&
           std::equal(first.bytes.begin(), first.bytes.begin() + count, place->first.bytes.begin());
  };
  const auto found = invites_.lower_bound(first);
  if (!begins_so(found) || begins_so(std::next(found))) return std::nullopt;
  return found->first;
}

std::optional<Duration> Registry::count_rename(const MemberKey& key, Instant now) {
  const auto member = members_.find(key);
  if (member == members_.end()) return std::nullopt;
  Instant& until = member->second.renames_until;
  const Instant after = std::max(until, now) + limits_.rename_every;
  const Instant latest = now + limits_.rename_every * limits_.renames_at_once;
  if (after > latest) return after - latest;
  until = after;
  return std::nullopt;
}

bool Registry::is_shown_by(const MemberKey& key, const Nick& nick) const {
  const auto member = members_.find(key);
  return member != members_.end() && !member->second.nicks.empty() &&
         member->second.nicks.back() == nick;
}

bool Registry::has_place_for(const MemberKey& key) const {
  // Reservations may count the same new member more than once; then the registry is full a little
  // early.
  return members_.contains(key) ||
         members_.size() + binding_.size() + pending_uses_.size() + 2 * pending_directs_.size() <
             limits_.members;
}

std::size_t Registry::nicks_of(const MemberKey& key) const {
  const auto member = members_.find(key);
  return (member == members_.end() ? 0 : member->second.nicks.size()) + count_of(binding_, key);
}

bool Registry::is_spent(const InviteHash& hash, const Invite& invite, const MemberKey& key) const {
  if (pending_uses_.contains({hash, key})) return false;
  std::size_t pending = 0;
  for (auto use = pending_uses_.lower_bound({hash, MemberKey{}});
       use != pending_uses_.end() && use->first.first == hash; ++use) {
    ++pending;
  }
  return pending >= invite.left;
}

bool Registry::may_enter_more(const MemberKey& key) const {
  const auto member = members_.find(key);
  return has_place_for(key) && admissions_ + pending_uses_.size() < limits_.admissions &&
         (member == members_.end() || member->second.rooms.size() < limits_.admissions_of_member);
}

Registry::Proposed Registry::propose_one(const NickBound& bound) {
  if (is_shown_by(bound.key, bound.nick)) return Proposed::kHolds;
  if (!may_bind(bound.key, bound.nick)) return Proposed::kRefused;
  // A nickname already owned by the member needs no reservation.
  if (owners_.contains(bound.nick.key)) return Proposed::kReserved;
  PendingNick& pending = pending_nicks_[bound.nick.key];
  pending.key = bound.key;
  if (++pending.times == 1) ++binding_[bound.key];
  return Proposed::kReserved;
}

Registry::Proposed Registry::propose_one(const InviteMade& made) {
  if (invites_.contains(made.hash)) return Proposed::kHolds;
  if (made.uses == 0) return Proposed::kRefused;
  if (invites_.size() + pending_invites_.size() >= limits_.invites) return Proposed::kRefused;
  ++pending_invites_[made.hash];
  return Proposed::kReserved;
}

Registry::Proposed Registry::propose_one(const InviteUsed& used) {
  using What = InviteCheck::What;
  const What what = check_invite(used.hash, used.by, WallTime{}).what;
  if (what == What::kAdmitted) return Proposed::kHolds;
  if (what != What::kGood) return Proposed::kRefused;
  ++pending_uses_[{used.hash, used.by}];
  return Proposed::kReserved;
}

Registry::Proposed Registry::propose_one(const InviteRevoked& revoked) {
  const auto invite = invites_.find(revoked.hash);
  if (invite == invites_.end()) return Proposed::kRefused;
  return invite->second.is_revoked ? Proposed::kHolds : Proposed::kReserved;
}

void Registry::release(const NickBound& bound) {
  const auto pending = pending_nicks_.find(bound.nick.key);
  if (pending == pending_nicks_.end() || pending->second.key != bound.key) return;
  if (--pending->second.times > 0) return;
  pending_nicks_.erase(pending);
  release_from(binding_, bound.key);
}

void Registry::release(const InviteMade& made) { release_from(pending_invites_, made.hash); }

void Registry::release(const InviteUsed& used) {
  release_from(pending_uses_, HashAndKey{used.hash, used.by});
}

bool Registry::apply_one(const NickBound& bound, WallTime at, const std::optional<Network>& from) {
  const auto owner = owners_.find(bound.nick.key);
  if (owner != owners_.end() && *owner->second != bound.key) {
    note_dispute(bound, *owner->second, true);
    return false;
  }
  if (is_shown_by(bound.key, bound.nick)) return false;
  const auto member = members_.try_emplace(bound.key).first;
  if (owner == owners_.end()) {
    const auto alike = owners_by_look_now_.find(bound.nick.key);
    if (alike != owners_by_look_now_.end() && *alike->second != bound.key) {
      note_dispute(bound, *alike->second, false);
    }
    owners_.emplace(bound.nick.key, &member->first);
  }
  if (!bound.look_now.empty()) note_other_look(bound, member->first);
  std::vector<Nick>& nicks = member->second.nicks;
  if (nicks.empty()) {
    member->second.since = at;
    member->second.from = from;
    if (from) members_from_.emplace(*from, bound.key);
    member->second.is_on_trial = from && member->second.rooms.empty();
    if (member->second.is_on_trial) trials_.emplace(at.microseconds, bound.key);
  }
  std::erase_if(nicks, [&](const Nick& nick) { return nick.key == bound.nick.key; });
  nicks.push_back(bound.nick);
  return true;
}

void Registry::note_other_look(const NickBound& bound, const MemberKey& key) {
  members_.at(key).other_looks.emplace_back(bound.look_now, bound.nick.shown);
  const auto other = owner_of(bound.look_now);
  if (other && *other != key) note_dispute(bound, *other, false);
  owners_by_look_now_.emplace(bound.look_now, &key);
  owners_as_written_.emplace(bound.nick.shown, &key);
}

void Registry::note_dispute(const NickBound& bound, const MemberKey& other, bool is_lost) {
  if (disputes_.size() < kMostDisputes) disputes_.push_back({bound, other, is_lost});
}

bool Registry::apply_one(const InviteMade& made, Number number) {
  if (made.uses == 0 || invites_.contains(made.hash)) return false;
  const RoomName& room = *rooms_.insert(made.room).first;
  invites_.emplace(made.hash, Invite{&room, made.expiry, made.uses, number, false});
  return true;
}

bool Registry::apply_one(const InviteUsed& used) {
  const auto invite = invites_.find(used.hash);
  if (invite != invites_.end() && is_admitted(used.by, *invite->second.room)) return false;
  if (invite == invites_.end() || invite->second.left == 0 || invite->second.is_revoked ||
      is_from_before_expulsion(invite->second, used.by)) {
    ++idle_admissions_;
    return false;
  }
  --invite->second.left;
  Member& member = members_[used.by];
  member.rooms.push_back(invite->second.room);
  end_trial(used.by, member);
  expelled_.erase({*invite->second.room, used.by});
  ++admissions_;
  return true;
}

bool Registry::apply_one(const InviteRevoked& revoked) {
  const auto invite = invites_.find(revoked.hash);
  if (invite == invites_.end() || invite->second.is_revoked) return false;
  invite->second.is_revoked = true;
  return true;
}

}  // namespace palabre::chat
