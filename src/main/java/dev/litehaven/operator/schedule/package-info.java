/**
 * When backups are due: cron expressions with their time zone, and the plan of what a schedule
 * starts now.
 *
 * <p>{@link dev.litehaven.operator.schedule.CronSchedule} knows the times, {@link
 * dev.litehaven.operator.schedule.SchedulePlanner} decides on values alone. Every database moves on
 * by itself: {@link dev.litehaven.operator.schedule.DatabaseProgress} says up to which time all is
 * decided, and that never goes back, so that no time is decided twice.
 */
package dev.litehaven.operator.schedule;
