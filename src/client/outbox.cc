#include "client/outbox.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <utility>

#include "base/fail.h"
#include "base/number.h"

namespace palabre::client {

Result<PostId> Outbox::add(const chat::RoomName& room, chat::Kind kind, std::string text) {
  if (posts_.size() >= kMostPosts || bytes_ + text.size() > kMostBytes) {
    return fail(EX_TEMPFAIL,
                "Not taken: {} messages are waiting to be sent. Write it again "
                "when they have been sent.",
                posts_.size());
  }
  bytes_ += text.size();
  const PostId post{++last_};
  posts_.push_back(Post{post, room, kind, std::move(text), false, false, false, false, {}});
  return post;
}

const Outbox::Post* Outbox::next(Instant now) {
  if (is_put_off_ && under_way_ == 0 && now >= paused_until_) is_put_off_ = false;
  if (is_put_off_ || under_way_ >= window_) return nullptr;
  const auto post = first_waiting();
  return post == posts_.end() ? nullptr : &*post;
}

void Outbox::sent(Instant now) {
  const auto post = first_waiting();
  post->is_under_way = true;
  post->sent_at = now;
  ++under_way_;
}

/// Posts in flight come first in the queue, except while some are put off.
std::deque<Outbox::Post>::iterator Outbox::first_waiting() {
  return std::find_if(posts_.begin() + static_cast<std::ptrdiff_t>(under_way_), posts_.end(),
                      [](const Post& post) { return !post.is_under_way; });
}

std::string Outbox::id_of(PostId post) const { return fmt::format("{}.{}", prefix_, post.value); }

std::optional<PostId> Outbox::find(std::string_view id) const {
  if (!id.starts_with(prefix_)) return std::nullopt;
  id.remove_prefix(prefix_.size());
  if (!id.starts_with('.')) return std::nullopt;
  id.remove_prefix(1);
  const auto number = parse_number<std::uint64_t>(id);
  if (!number) return std::nullopt;
  const PostId post{*number};
  const auto place = std::lower_bound(posts_.begin(), posts_.end(), post,
                                      [](const Post& a, PostId b) { return a.post < b; });
  if (place == posts_.end() || place->post != post) return std::nullopt;
  return post;
}

std::deque<Outbox::Post>::iterator Outbox::at(PostId post) {
  return std::lower_bound(posts_.begin(), posts_.end(), post,
                          [](const Post& a, PostId b) { return a.post < b; });
}

Outbox::Post Outbox::remove(PostId post) {
  const auto place = at(post);
  Post taken = std::move(*place);
  posts_.erase(place);
  bytes_ -= taken.text.size();
  if (taken.is_under_way) --under_way_;
  window_ = std::min(window_ + 1, kMostUnderWay);
  if (!is_put_off_) pause_ = kFirstPause;
  return taken;
}

void Outbox::put_off(PostId post, Instant now) {
  const auto place = at(post);
  if (!place->is_under_way) return;
  place->is_under_way = false;
  place->was_sent_before = false;  // no lines are held back for it any more (`may_be_known`)
  place->is_put_off = true;
  --under_way_;
  if (is_put_off_) return;  // only the first refusal of a run starts a pause
  is_put_off_ = true;
  paused_until_ = now + pause_;
  pause_ = std::min(pause_ * 2, kLongestPause);
  window_ = std::max<std::size_t>(window_ / 2, 1);
}

void Outbox::interrupt() {
  for (Post& post : posts_) {
    post.was_sent_before = post.was_sent_before || post.is_under_way;
    post.may_be_kept = post.may_be_kept || post.is_under_way;
    post.is_under_way = false;
    post.is_put_off = false;
  }
  under_way_ = 0;
}

std::vector<Outbox::Post> Outbox::give_up(
    const std::function<bool(const chat::RoomName&)>& is_left) {
  std::vector<Post> given_up;
  for (const Post& post : posts_) {
    const bool is_awaited = post.is_under_way || post.is_put_off;
    if (!is_awaited && is_left(post.room)) given_up.push_back(post);
  }
  for (const Post& post : given_up) remove(post.post);
  return given_up;
}

void Outbox::rename(const chat::RoomName& from, const chat::RoomName& to) {
  for (Post& post : posts_) {
    if (post.room == from) post.room = to;
  }
}

bool Outbox::may_be_known(const chat::RoomName& room) const {
  return std::any_of(posts_.begin(), posts_.end(),
                     [&](const Post& post) { return post.was_sent_before && post.room == room; });
}

std::size_t Outbox::in_doubt() const {
  return static_cast<std::size_t>(std::count_if(posts_.begin(), posts_.end(), [](const Post& post) {
    return post.is_under_way || post.may_be_kept;
  }));
}

std::optional<Instant> Outbox::under_way_since() const {
  const auto oldest = std::find_if(posts_.begin(), posts_.end(),
                                   [](const Post& post) { return post.is_under_way; });
  if (oldest == posts_.end()) return std::nullopt;
  return oldest->sent_at;
}

std::optional<Instant> Outbox::next_deadline() const {
  if (!is_put_off_ || under_way_ > 0 || posts_.empty()) return std::nullopt;
  return paused_until_;
}

}  // namespace palabre::client
