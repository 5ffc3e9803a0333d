#pragma once

#include "framework/tensor/random.h"

namespace fno::ptychography {

/// A Poisson number of the given mean, a whole number. Exact up to a mean of 1e7, above it a rounded normal of the same
/// mean and variance. Takes as many numbers of `random` as it needs. `mean` is finite and not negative.
/// Source   Hoermann, "The transformed rejection method for generating Poisson random variables", Insurance:
///          Mathematics and Economics 12 (1993), algorithm PTRS, from mean 10 on; products of uniforms below.
[[nodiscard]] double poisson(Random& random, double mean);

}  // namespace fno::ptychography
