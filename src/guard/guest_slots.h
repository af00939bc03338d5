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

/// The places of guests: counts them by address and by neighbourhood, and chooses which place is
/// given away first. Memory: one entry per guest; the caps bound the number of guests.
class GuestSlots {
 public:
  /// A guest's id, assigned by its door.
  using Id = std::uint64_t;

  /// Silence after which a place may be given away. A guest who has spoken only once, perhaps from
  /// a forged address, is unproven. Speaking again, or the code, makes it proven.
  static constexpr Duration kUnprovenSilence = std::chrono::seconds(5);
  static constexpr Duration kProvenSilence = std::chrono::minutes(1);
  /// Only a datagram this long after the first one counts as proof; a burst does not.
  static constexpr Duration kProofAfter = std::chrono::seconds(1);

  enum class Full { kIp, kNeighbourhood, kAll };
  struct Place {
    std::optional<Full> full;     ///< set: there is no place, for this reason
    std::optional<Id> give_away;  ///< the guest who loses its place
  };

  explicit GuestSlots(const Policy& policy)
      : per_ip_(policy.per_ip),
        per_neighbourhood_(policy.per_neighbourhood),
        in_all_(policy.in_all) {}

  /// Looks for a place; takes none. `unseated`: guests online without a place.
  Place find_place(const Ip& ip, std::size_t unseated, Instant now) const;
  /// The same for a guest who takes no place: only the total cap applies.
  Place find_room(std::size_t unseated, Instant now) const;
  /// Requires that `id` has no place.
  void take_place(Id id, const Ip& ip, bool proven, Instant now);
  void heard(Id id, Instant now);
  /// No effect if `id` has no place.
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
