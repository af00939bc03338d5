#include "store/places.h"

#include <algorithm>
#include <utility>

namespace palabre::store {
namespace {

constexpr std::size_t kMostOfAKind = kMostRooms / 4 * 3;

}  // namespace

Places::Places(std::set<chat::RoomName> reserved) : reserved_(std::move(reserved)) {
  reserved_.insert({std::string(chat::kRegistryRoom)});
  missing_ = reserved_;
}

void Places::add(const chat::RoomName& name) {
  ++of_kind_.at(kind_of(name));
  missing_.erase(name);
}

void Places::find_free(const std::function<bool(std::int64_t)>& is_taken) {
  free_.clear();
  for (std::int64_t id = kMostRooms; id > 0; --id) {
    if (!is_taken(id)) free_.push_back(id);
  }
}

std::int64_t Places::next(const chat::RoomName& name, const Taken& taken) const {
  const std::size_t all = taken.of_kind[0] + taken.of_kind[1];
  if (all >= free_.size()) return 0;
  const std::int64_t id = free_[free_.size() - 1 - all];
  const auto is_missing = [&](const chat::RoomName& one) { return !taken.names.contains(one); };
  const auto kept_free = static_cast<std::size_t>(std::ranges::count_if(missing_, is_missing));
  if (missing_.contains(name) && is_missing(name)) return id;
  if (all + kept_free >= free_.size()) return 0;
  const std::size_t kind = kind_of(name);
  return of_kind_.at(kind) + taken.of_kind.at(kind) < kMostOfAKind ? id : 0;
}

void Places::take(const chat::RoomName& name, Taken& taken) {
  ++taken.of_kind.at(kind_of(name));
  taken.names.insert(name);
}

void Places::adopt(const Taken& taken) {
  for (std::size_t kind = 0; kind < of_kind_.size(); ++kind) {
    of_kind_.at(kind) += taken.of_kind.at(kind);
  }
  free_.resize(free_.size() - taken.of_kind[0] - taken.of_kind[1]);
  for (const auto& name : taken.names) missing_.erase(name);
}

void Places::give_back(std::int64_t id, const chat::RoomName& name) {
  free_.push_back(id);
  --of_kind_.at(kind_of(name));
  if (reserved_.contains(name)) missing_.insert(name);
}

}  // namespace palabre::store
