#include "link/quic/packet_batch.h"

#include <algorithm>
#include <cstring>

namespace palabre::link {
namespace {

bool is_same(const Path& a, const Path& b) {
  return a.peer == b.peer && std::memcmp(&a.local, &b.local, sizeof a.local) == 0;
}

}  // namespace

PacketBatch::PacketBatch(std::size_t most)
    : most_(most), bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(most * kLongestPacket)) {
  runs_.reserve(most);
}

std::span<std::uint8_t> PacketBatch::space() { return {bytes_.get() + used_, kLongestPacket}; }

bool PacketBatch::Run::takes(const Path& to, std::size_t bytes) const {
  const bool is_open = length == segments * segment;  // a shorter packet ends a run
  return is_open && bytes <= segment && segments < Outbound::kMostSegments && is_same(path, to);
}

void PacketBatch::add(const Path& path, std::size_t length) {
  if (runs_.size() == sent_runs_ || !runs_.back().takes(path, length)) {
    runs_.push_back({path, used_, 0, length, 0});
  }
  runs_.back().length += length;
  ++runs_.back().segments;
  used_ += length;
  ++packets_;
}

void PacketBatch::add_copy(const Path& path, std::span<const std::uint8_t> packet) {
  std::copy(packet.begin(), packet.end(), space().begin());
  add(path, packet.size());
}

bool PacketBatch::send(DatagramSocket& socket) {
  const std::size_t waiting = runs_.size() - sent_runs_;
  if (waiting == 0) return true;
  parts_.clear();
  outbound_.clear();
  parts_.reserve(waiting);
  for (std::size_t i = sent_runs_; i < runs_.size(); ++i) {
    const Run& run = runs_[i];
    parts_.push_back({bytes_.get() + run.offset, run.length});
    const auto segment = static_cast<std::uint16_t>(run.segments > 1 ? run.segment : 0);
    outbound_.push_back({&run.path, {&parts_.back(), 1}, segment});
  }
  sent_runs_ += socket.send(outbound_);
  if (sent_runs_ < runs_.size()) return false;
  runs_.clear();
  sent_runs_ = used_ = packets_ = 0;
  return true;
}

}  // namespace palabre::link
