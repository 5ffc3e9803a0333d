#pragma once

#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "framework/error.h"

namespace fno::test {

/// Fails unless `call` throws a config error that begins with the flag.
template <class F>
void expect_refused(const std::string& flag, F&& call) {
  try {
    call();
    ADD_FAILURE() << flag << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_EQ(std::string(error.what()).rfind(flag + ":", 0), 0u) << error.what();
  }
}

/// ||a - b|| / ||b||.
template <class A, class B>
double relative_error(const A& a, const B& b) {
  EXPECT_EQ(a.size(), b.size());
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    difference += std::pow(std::abs(a[i] - b[i]), 2);
    size += std::pow(std::abs(b[i]), 2);
  }
  return std::sqrt(difference / size);
}

}  // namespace fno::test
