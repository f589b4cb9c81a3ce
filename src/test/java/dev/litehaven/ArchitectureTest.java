package dev.litehaven;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import org.assertj.core.api.Assertions;

/** Who may see whom. The rules are what keeps the runner small and the planners pure. */
@AnalyzeClasses(packages = "dev.litehaven", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String API = "dev.litehaven.api..";
  private static final String PROTOCOL = "dev.litehaven.protocol..";
  private static final String RUNNER = "dev.litehaven.runner..";
  private static final String OPERATOR = "dev.litehaven.operator..";
  private static final String OURS = "dev.litehaven..";

  /** Decide on values and do nothing: whatever is named like one of these. */
  private static final String PURE =
      "dev\\.litehaven\\.operator\\.(workload\\.(Records|HandOver|Revert)|schedule\\.(Cron|Spread|DatabaseTurn).*|retention\\..*|.*(Planner|Factory|Gate|Gatekeeper|RunEnd|RunTurn|Words|ForwardSteps|RehearsalSteps|LaterSteps|RollbackSteps|RunWorkloads|Undo|Downgrade|RanOn|MigrationReading|Inspection|SelfRecovery|Draft|AppLedger|WorkloadReview|PodSteps|ClaimUsers|Conditions|Names|MountFit))(\\$.*)?";

  @ArchTest
  static final ArchRule apiDependsOnNothingOfOurs =
      noClasses()
          .that()
          .resideInAPackage(API)
          .should()
          .dependOnClassesThat(resideInAPackage(OURS).and(not(resideInAPackage(API))));

  @ArchTest
  static final ArchRule protocolDependsOnTheJdkAndJackson =
      classes()
          .that()
          .resideInAPackage(PROTOCOL)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(PROTOCOL, "java..", "com.fasterxml.jackson..");

  @ArchTest
  static final ArchRule runnerSeesNoCluster =
      noClasses()
          .that()
          .resideInAPackage(RUNNER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              OPERATOR,
              API,
              "io.quarkus..",
              "io.fabric8..",
              "io.javaoperatorsdk..",
              "io.micrometer..",
              "jakarta..",
              "org.eclipse.microprofile..");

  @ArchTest
  static final ArchRule operatorSeesNoDatabase =
      noClasses()
          .that()
          .resideInAPackage(OPERATOR)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(RUNNER, "java.sql..", "javax.sql..", "org.sqlite..");

  @ArchTest
  static final ArchRule onlyTheEntrySeesBothSides =
      noClasses()
          .that()
          .resideInAnyPackage(OURS)
          .and()
          .resideOutsideOfPackages(RUNNER, "dev.litehaven")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(RUNNER);

  /** Migrations and restores are both carried out by runs. */
  @ArchTest
  static final ArchRule aRunDoesNotKnowWhoAsksForIt =
      noClasses()
          .that()
          .resideInAPackage("dev.litehaven.operator.run..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.litehaven.operator.migration..", "dev.litehaven.operator.restore..");

  @ArchTest
  static final ArchRule restoresAreNoMigrations =
      noClasses()
          .that()
          .resideInAPackage("dev.litehaven.operator.restore..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.litehaven.operator.migration..");

  @ArchTest
  static final ArchRule plannersSeeNoClient =
      noClasses()
          .that()
          .haveNameMatching(PURE)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "io.fabric8.kubernetes.client",
                  "io.fabric8.kubernetes.client.dsl..",
                  "io.javaoperatorsdk..",
                  "java.io..",
                  "java.nio.file..",
                  "java.net.http..",
                  "java.util.concurrent..",
                  "org.slf4j.."));

  @ArchTest
  static final ArchRule plannersHaveNoClock =
      noClasses()
          .that()
          .haveNameMatching(PURE)
          .should()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class);

  @ArchTest
  static final ArchRule timeComesInAsAValueInTheOperator =
      noClasses()
          .that()
          .resideInAnyPackage(OPERATOR, API, PROTOCOL)
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(Thread.class, "sleep", long.class);

  /** One clock for each process, at its entry. */
  @ArchTest
  static final ArchRule clocksAreMadeAtTheEntries =
      noClasses()
          .that()
          .resideInAPackage(OURS)
          .and()
          .haveNameNotMatching(
              "dev\\.litehaven\\.(operator\\.OperatorLifecycle|runner\\.PodMain|runner\\.cli\\.(Cli|Invocation))(\\$.*)?")
          .should()
          .callMethod(Clock.class, "systemUTC")
          .orShould()
          .callMethod(Clock.class, "systemDefaultZone")
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  /** A rule about names that match nothing would hold for ever. */
  @ArchTest
  static void thePlannersAreFound(JavaClasses all) {
    Assertions.assertThat(
            all.stream().filter(one -> one.getName().matches(PURE)).map(JavaClass::getSimpleName))
        .contains(
            "RunPlanner",
            "MigrationPlanner",
            "DatabasePlanner",
            "WorkloadPlanner",
            "SchedulePlanner",
            "CronSchedule",
            "RetentionPlanner",
            "Ladder",
            "RunnerJobFactory",
            "RunnerPodFactory",
            "DatabasePodFactory",
            "Gatekeeper",
            "RunEnd",
            "Inspection",
            "Downgrade",
            "Revert",
            "SelfRecovery",
            "RehearsalSteps",
            "LaterSteps",
            "RollbackSteps",
            "AppLedger",
            "Undo",
            "RunWorkloads");
  }
}
