#include "store/admission.h"

#include <algorithm>
#include <chrono>

#include "base/result.h"

namespace palabre::store {
namespace {

/// A room, or the store, may be over its limit by this much until chores have made place: a
/// sixteenth, and a group.
constexpr std::uint64_t kSpareBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kSpareMessages = 8192;
constexpr std::uint64_t spare(const std::optional<std::uint64_t>& limit, std::uint64_t least) {
  return std::max(limit.value_or(0) / 16, least);
}

constexpr std::int64_t kDay = std::chrono::microseconds(std::chrono::days(1)).count();

}  // namespace

Admission::Admission(Shares& shares, const Retention& policy, const Moment& moment,
                     std::uint64_t used, std::function<bool()> has_old)
    : shares_(shares),
      policy_(policy),
      moment_(moment),
      used_(used),
      has_old_(std::move(has_old)) {}

SqlResult<std::optional<chat::Trouble>> Admission::refusal(const RoomRow& row,
                                                           const chat::Draft& draft,
                                                           const Source& by, std::int64_t oldest) {
  TRY(const auto by_disk, refusal_by_disk(row, draft, by));
  if (by_disk || is_for_good(row.name)) return by_disk;
  const std::uint64_t bytes = draft.message->author.size() + draft.message->text.size();
  TRY(const auto by_room, refusal_by_room(row, by, bytes, oldest));
  if (by_room) return by_room;
  return refusal_by_total(by, bytes);
}

SqlResult<Admission::Trouble> Admission::refusal_by_disk(const RoomRow& row,
                                                         const chat::Draft& draft,
                                                         const Source& by) {
  if (moment_.free == Free::kForAll || draft.removes) return std::nullopt;
  constexpr auto kRefused = chat::Trouble::kAllFull;
  if (moment_.free == Free::kForRemovals) return kRefused;
  if (is_for_good(row.name)) return std::nullopt;
  if (moment_.free == Free::kForRegistry) return kRefused;
  if (!draft.network) return std::nullopt;
  TRY(const auto since, shares_.since(by.owner));
  if (since && moment_.now - *since > kDay) return std::nullopt;
  return kRefused;
}

SqlResult<Admission::Trouble> Admission::refusal_by_room(const RoomRow& row, const Source& by,
                                                         std::uint64_t bytes, std::int64_t oldest) {
  const std::uint64_t bytes_over = excess(row.bytes + bytes, policy_.bytes);
  const std::uint64_t messages_over = excess(row.messages() + 1, policy_.count);
  if (bytes_over == 0 && messages_over == 0) return std::nullopt;
  if (oldest < moment_.old_before) return std::nullopt;
  const bool is_beyond = bytes_over > spare(policy_.bytes, kSpareBytes) ||
                         messages_over > spare(policy_.count, kSpareMessages);
  if (is_beyond) return chat::Trouble::kRoomFull;
  for (const auto measure : {Shares::Measure::kBytes, Shares::Measure::kMessages}) {
    if ((measure == Shares::Measure::kBytes ? bytes_over : messages_over) == 0) continue;
    TRY(const auto heaviest, heaviest_of(row.id, measure));
    const bool is_its_fault = heaviest && heaviest->who.has(by);
    if (is_its_fault && heaviest->who.kind == Who::Kind::kNetwork) return chat::Trouble::kRoomFull;
  }
  return std::nullopt;
}

SqlResult<Admission::Trouble> Admission::refusal_by_total(const Source& by, std::uint64_t bytes) {
  if (excess(used_ + bytes + kMessageCost, policy_.total) == 0) return std::nullopt;
  if (excess(used_, policy_.total) > spare(policy_.total, kSpareBytes)) {
    return chat::Trouble::kAllFull;
  }
  if (!is_old_there_) is_old_there_ = has_old_();
  if (*is_old_there_) return std::nullopt;
  TRY(const auto heaviest, heaviest_of(0, Shares::Measure::kBytes));
  if (heaviest && heaviest->who.has(by)) return chat::Trouble::kAllFull;
  return std::nullopt;
}

SqlResult<std::optional<Shares::Heaviest>> Admission::heaviest_of(std::int64_t room,
                                                                  Shares::Measure measure) {
  const std::pair key{room, measure};
  if (!heaviest_.contains(key)) {
    TRY(const auto found, shares_.heaviest(room, measure));
    heaviest_.emplace(key, found);
  }
  return heaviest_.at(key);
}

}  // namespace palabre::store
