package dev.litehaven.operator.retention;

import dev.litehaven.operator.retention.Backup.Origin;
import dev.litehaven.operator.retention.Backup.Verification;
import dev.litehaven.operator.retention.RetentionPlan.Goes;
import dev.litehaven.operator.retention.RetentionPlan.Stays;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A history of backups and what a policy makes of it. A backup is named after its time. */
final class Kept {
  static final String IDENTITY = "ns/db";

  Instant now;
  ZoneId zone = ZoneId.of("UTC");
  boolean verificationFails;
  int keepLast;
  int hourly;
  int daily;
  int weekly;
  int monthly;
  int yearly;
  Integer maxAgeDays;
  int minVerified = 1;
  Integer keepManual;
  int keepOperation = 5;
  final List<Backup> backups = new ArrayList<>();

  Kept(String now) {
    this.now = Instant.parse(now);
  }

  RetentionPolicy policy() {
    return new RetentionPolicy(
        keepLast,
        hourly,
        daily,
        weekly,
        monthly,
        yearly,
        optional(maxAgeDays),
        minVerified,
        optional(keepManual),
        keepOperation);
  }

  private static OptionalInt optional(Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  RetentionPlan plan() {
    return plan(backups);
  }

  RetentionPlan plan(List<Backup> of) {
    return RetentionPlanner.plan(IDENTITY, policy(), zone, of, verificationFails, now);
  }

  Kept add(String taken, Origin origin, Verification verification) {
    return add(
        new Backup(
            taken + (origin == Origin.SCHEDULED ? "" : " " + origin),
            IDENTITY,
            Instant.parse(taken),
            origin,
            verification,
            Optional.empty(),
            Optional.empty()));
  }

  Kept add(Backup backup) {
    backups.add(backup);
    return this;
  }

  Kept verified(String... taken) {
    for (String one : taken) {
      add(one, Origin.SCHEDULED, Verification.VERIFIED);
    }
    return this;
  }

  Kept failed(String... taken) {
    for (String one : taken) {
      add(one, Origin.SCHEDULED, Verification.FAILED);
    }
    return this;
  }

  /** One each so many hours, the last one now. */
  Kept every(int hours, int count) {
    for (int i = count - 1; i >= 0; i--) {
      verified(now.minus(Duration.ofHours((long) hours * i)).toString());
    }
    return this;
  }

  Kept change(String name, UnaryOperator<Backup> how) {
    backups.replaceAll(one -> one.name().equals(name) ? how.apply(one) : one);
    return this;
  }

  static Backup used(Backup one) {
    return new Backup(
        one.name(),
        one.identity(),
        one.taken(),
        one.origin(),
        one.verification(),
        Optional.of("restore r"),
        one.protectedBy());
  }

  static Backup locked(Backup one) {
    return new Backup(
        one.name(),
        one.identity(),
        one.taken(),
        one.origin(),
        one.verification(),
        one.inUse(),
        Optional.of("object lock"));
  }

  static Backup turned(Backup one, Verification verification) {
    return new Backup(
        one.name(),
        one.identity(),
        one.taken(),
        one.origin(),
        verification,
        one.inUse(),
        one.protectedBy());
  }

  List<String> goes() {
    return plan().goes().stream().map(gone -> gone.backup().name()).toList();
  }

  List<String> stays() {
    return plan().stays().stream().map(kept -> kept.backup().name()).toList();
  }

  List<String> why(String name) {
    return plan().stays().stream()
        .filter(kept -> kept.backup().name().equals(name))
        .findFirst()
        .map(Stays::reasons)
        .orElseThrow();
  }

  static Set<Backup> gone(RetentionPlan plan) {
    return plan.goes().stream().map(Goes::backup).collect(Collectors.toSet());
  }

  static List<Backup> left(RetentionPlan plan) {
    return plan.stays().stream().map(Stays::backup).toList();
  }
}
