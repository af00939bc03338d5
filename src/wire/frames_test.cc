#include "wire/frames.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/palabre.pb.h"

namespace palabre::wire {
namespace {

proto::Command post(const std::string& text) {
  proto::Command command;
  command.set_tag(7);
  command.mutable_post()->set_text(text);
  return command;
}

TEST(Frames, AreAVarintOfTheLengthAndTheBytes) {
  proto::Command ping;
  ping.set_tag(1);
  ping.mutable_ping();
  EXPECT_EQ(encode_frame(ping), std::string("\x04\x08\x01\x52\x00", 5));
}

TEST(FrameReader, GivesEachFrameOnceHoweverTheBytesCome) {
  const std::string long_text(20'000, 'x');
  const std::string stream = encode_frame(post("a")) + encode_frame(post(long_text)) +
                             encode_frame(proto::Command()) + encode_frame(post("b"));
  for (const std::size_t step : {1, 2, 3, 7, 1000, 100'000}) {
    FrameReader reader;
    std::vector<std::string> texts;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      reader.add(std::string_view(stream).substr(at, step));
      while (const auto body = reader.next()) {
        proto::Command command;
        ASSERT_TRUE(command.ParseFromArray(body->data(), static_cast<int>(body->size())));
        texts.push_back(command.post().text());
      }
    }
    EXPECT_FALSE(reader.is_broken());
    EXPECT_EQ(texts, (std::vector<std::string>{"a", long_text, "", "b"})) << "step " << step;
  }
}

TEST(FrameReader, RefusesALengthBeyondTheLimit) {
  FrameReader at_the_limit;
  at_the_limit.add("\x80\x80\x04");  // 65,536
  EXPECT_EQ(at_the_limit.next(), std::nullopt);
  EXPECT_FALSE(at_the_limit.is_broken());
  for (const char* bytes : {"\x81\x80\x04", "\x80\x80\x80\x01", "\xFF\xFF\xFF\xFF\x7F"}) {
    FrameReader reader;
    reader.add(bytes);
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_TRUE(reader.is_broken());
    reader.add(encode_frame(post("later")));
    EXPECT_EQ(reader.next(), std::nullopt) << "after what is broken nothing comes";
  }
}

}  // namespace
}  // namespace palabre::wire
