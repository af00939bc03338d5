#include "wire/frames.h"

#include <google/protobuf/io/coded_stream.h>

#include <array>
#include <cstdint>

namespace palabre::wire {
namespace {

// Enough for the varint of kMostFrameBytes.
constexpr std::size_t kMostLengthBytes = 3;
static_assert(kMostFrameBytes < (std::size_t{1} << (7 * kMostLengthBytes)));

struct Length {
  std::size_t value = 0;
  std::size_t bytes = 0;  ///< size of the varint; 0: it is incomplete
};

/// Nothing: the length is invalid, or above the limit.
std::optional<Length> read_length(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < kMostLengthBytes; ++i) {
    if (i == bytes.size()) return Length{};
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= static_cast<std::size_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    if (value > kMostFrameBytes) return std::nullopt;
    return Length{value, i + 1};
  }
  return std::nullopt;
}

}  // namespace

void append_frame(const google::protobuf::MessageLite& message, std::string& to) {
  using google::protobuf::io::CodedOutputStream;
  const auto size = static_cast<std::uint32_t>(message.ByteSizeLong());
  std::array<std::uint8_t, 5> length{};
  const auto* const end = CodedOutputStream::WriteVarint32ToArray(size, length.data());
  to.append(length.begin(), length.begin() + (end - length.data()));
  message.AppendToString(&to);
}

std::string encode_frame(const google::protobuf::MessageLite& message) {
  std::string frame;
  append_frame(message, frame);
  return frame;
}

void FrameReader::add(std::string_view bytes) {
  if (broken_) return;
  bytes_.erase(0, read_);
  read_ = 0;
  bytes_.append(bytes);
}

std::optional<FrameReader::Place> FrameReader::find_next() {
  if (broken_) return std::nullopt;
  const std::string_view rest = std::string_view(bytes_).substr(read_);
  const auto length = read_length(rest);
  broken_ = !length.has_value();
  if (broken_ || length->bytes == 0 || rest.size() < length->bytes + length->value) {
    return std::nullopt;
  }
  return Place{read_ + length->bytes, length->value};
}

bool FrameReader::has_next() { return find_next().has_value(); }

std::optional<std::string_view> FrameReader::next() {
  const auto place = find_next();
  if (!place) return std::nullopt;
  read_ = place->at + place->bytes;
  return std::string_view(bytes_).substr(place->at, place->bytes);
}

}  // namespace palabre::wire
