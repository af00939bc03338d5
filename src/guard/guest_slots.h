#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "guard/challenge.h"
#include "guard/policy.h"
#include "guard/source.h"

namespace palabre::guard {

/// Who takes up the places that there are, by address and by neighbourhood, and whose place is
/// given away first. Grows with the guests that it holds, which the caps bound, and with nothing
/// else.
class GuestSlots {
 public:
  /// A guest as its transport knows it.
  using Id = std::uint64_t;

  /// Somebody who has spoken once, perhaps from a forged address, gives its place up after so long
  /// a silence; whoever has spoken again, only after the longer one.
  static constexpr Duration kUnprovenSilence = std::chrono::seconds(5);
  static constexpr Duration kProvenSilence = std::chrono::minutes(1);
  /// Speaking again counts as proof only so long after the first word: a burst does not.
  static constexpr Duration kProofAfter = std::chrono::seconds(1);

  enum class Full { kIp, kNeighbourhood, kAll };
  struct Place {
    std::optional<Full> full;     ///< set: there is none, and why
    std::optional<Id> give_away;  ///< whose place it is until now
  };

  explicit GuestSlots(const Policy& policy)
      : per_ip_(policy.per_ip),
        per_neighbourhood_(policy.per_neighbourhood),
        in_all_(policy.in_all) {}

  /// Looks for a place; takes none. `unseated`: guests who are online without one.
  Place find_place(const Ip& ip, std::size_t unseated, Instant now) const;
  /// The same for somebody who takes none: only the cap on all counts.
  Place find_room(std::size_t unseated, Instant now) const;
  /// Requires that `id` has no place.
  void take_place(Id id, const Ip& ip, bool proven, Instant now);
  void heard(Id id, Instant now);
  /// No effect on somebody who has no place.
  void leave(Id id);

  std::size_t size() const { return seated_.size(); }

 private:
  struct Seat {
    Ip ip{};
    bool proven = false;
    Instant since;
    Instant last_heard;
    std::list<Id>::iterator turn;
  };

  bool may_give_away(const Seat& seat, Instant now) const;
  std::optional<Id> first_to_go(const std::vector<Id>& among, Instant now) const;
  std::optional<Id> first_to_go(Instant now) const;

  std::size_t per_ip_;
  std::size_t per_neighbourhood_;
  std::size_t in_all_;
  std::unordered_map<Id, Seat> seated_;
  std::map<Ip, std::vector<Id>> by_ip_;
  std::map<Network, std::vector<Id>> by_neighbourhood_;
  // The longest silent first.
  std::list<Id> unproven_;
  std::list<Id> proven_;
};

}  // namespace palabre::guard
