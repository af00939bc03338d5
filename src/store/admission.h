#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "chat/history.h"
#include "store/retention.h"
#include "store/rows.h"
#include "store/shares.h"

namespace palabre::store {

/// The free space of the disk, by whom it is still for. See `Retention::free_percent`.
enum class Free { kForAll, kForKnown, kForRegistry, kForRemovals };

/// The moment at which a group is kept.
struct Moment {
  std::int64_t now = 0;  ///< the `kept_at` of its messages
  /// Messages kept before this may go for others' sake: older than the floor. With no floor: all;
  /// while the clock is not believed: none.
  std::int64_t old_before = std::numeric_limits<std::int64_t>::max();
  Free free = Free::kForAll;
};

/// Decides, for one group, whether there is place for each of its drafts. Looks at the room, at the
/// whole store, and at the disk. See `Retention`.
class Admission {
 public:
  /// `used`: bytes of the whole store. `has_old`: whether any room has messages older than the
  /// floor. All arguments outlive this object.
  Admission(Shares& shares, const Retention& policy, const Moment& moment, std::uint64_t used,
            std::function<bool()> has_old);

  /// Why the draft of `by` must not be kept; nothing: it may be. `row`: with the drafts before it.
  /// `oldest`: when the room's oldest message was kept; 0: the room is empty.
  SqlResult<std::optional<chat::Trouble>> refusal(const RoomRow& row, const chat::Draft& draft,
                                                  const Source& by, std::int64_t oldest);
  /// Notes that a message of so many bytes was kept, or an id with it.
  void add(std::uint64_t bytes) { used_ += bytes; }

 private:
  using Trouble = std::optional<chat::Trouble>;
  SqlResult<Trouble> refusal_by_disk(const RoomRow& row, const chat::Draft& draft,
                                     const Source& by);
  SqlResult<Trouble> refusal_by_room(const RoomRow& row, const Source& by, std::uint64_t bytes,
                                     std::int64_t oldest);
  SqlResult<Trouble> refusal_by_total(const Source& by, std::uint64_t bytes);
  SqlResult<std::optional<Shares::Heaviest>> heaviest_of(std::int64_t room,
                                                         Shares::Measure measure);

  Shares& shares_;
  const Retention& policy_;
  const Moment& moment_;
  std::uint64_t used_;
  std::function<bool()> has_old_;
  std::optional<bool> is_old_there_;
  /// Looked up once in a group: a group changes little.
  std::map<std::pair<std::int64_t, Shares::Measure>, std::optional<Shares::Heaviest>> heaviest_;
};

}  // namespace palabre::store
